"""The engine ``openai``: captions by any endpoint that answers as OpenAI's chat completions do.

vLLM, SGLang, llama.cpp, Ollama, LM Studio and clouds are such. What an endpoint answers is hostile input: it is bounded
and checked before it is believed.
"""
