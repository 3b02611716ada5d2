"""What Triton's model does apart from Triton: captions, prompts, adapters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.picture_bytes import picture_bytes
from support.serving_config import config

from movietag.captioning.pictures import pad_to_square
from movietag.captioning.prompt_files import load_prompt
from movietag.captioning.serving_settings import read_settings
from movietag.captioning.vision_model import VisionModel
from movietag.errors import PermanentError, UsageError
from movietag.records import Context


@pytest.mark.heavy
class TestVisionModel:
    @pytest.fixture(scope="class")
    def demo(self) -> VisionModel:
        return VisionModel(read_settings("llava", config(max_new_tokens="48")))

    def test_bad_pictures_stand_where_they_were(self, demo: VisionModel) -> None:
        decoded = demo.decode([picture_bytes(), b"", picture_bytes()])
        assert [isinstance(one, PermanentError) for one in decoded] == [False, True, False]

    @pytest.mark.slow
    def test_static_cache_says_the_same(self, demo: VisionModel) -> None:
        static = VisionModel(replace(demo.settings, static_cache=True))
        noise = np.random.default_rng(1).integers(0, 255, (3, 90, 160, 3), dtype=np.uint8)
        pictures = [pad_to_square(Image.fromarray(one), (122, 116, 104)) for one in noise]
        texts, milliseconds = demo.caption(pictures)
        assert static.caption(pictures)[0] == texts
        assert len(texts) == 3
        assert milliseconds > 0

    def test_an_answer_says_whether_it_was_cut(self, demo: VisionModel) -> None:
        noise = np.random.default_rng(1).integers(0, 255, (3, 96, 96, 3), dtype=np.uint8)
        pictures = [Image.fromarray(one) for one in noise]
        whole, _ = demo.answer(pictures)
        short = VisionModel(replace(demo.settings, max_new_tokens=3))
        cut, _ = short.answer(pictures)
        assert [one.finish for one in whole] == ["stop"] * 3
        assert [one.finish for one in cut] == ["length"] * 3

    def test_lists_of_tags_are_the_same_in_a_batch_and_alone(
        self, demo: VisionModel, tmp_path: Path
    ) -> None:
        file = tmp_path / "listed.toml"
        file.write_text('text = "Describe this scene of a movie."\nanswer = "tags"\n')
        listing = VisionModel(
            replace(demo.settings, prompt=load_prompt(str(file)), max_new_tokens=12)
        )
        assert listing.tagger != demo.tagger
        noise = np.random.default_rng(1).integers(0, 255, (5, 96, 96, 3), dtype=np.uint8)
        pictures = [Image.fromarray(one) for one in noise]
        together, _ = listing.answer(pictures)
        assert together == [listing.answer([one])[0][0] for one in pictures]
        known = set(demo.settings.vocabulary.tags)
        for answer in together:
            tags = answer.caption.split(", ")
            assert answer.finish == "stop"
            assert answer.caption == "none" or set(tags) <= known
            assert len(tags) == len(set(tags))

    def test_prompts_of_one_batch_may_differ_in_length(self, demo: VisionModel) -> None:
        asking = VisionModel(
            replace(demo.settings, prompt=load_prompt("What is in this scene of {{ title }}?"))
        )
        noise = np.random.default_rng(1).integers(0, 255, (2, 96, 96, 3), dtype=np.uint8)
        pictures = [Image.fromarray(one) for one in noise]
        contexts = [Context(title="It"), Context(title="The Good, the Bad and the Ugly")]
        alone = [
            asking.caption([picture], [context])[0][0]
            for picture, context in zip(pictures, contexts, strict=True)
        ]
        assert asking.caption(pictures, contexts)[0] == alone
        assert asking.prompt(contexts[0]).endswith("What is in this scene of It? ASSISTANT: ")

    def test_an_unknown_image_option_is_named(self, demo: VisionModel) -> None:
        with pytest.raises(UsageError, match="no option 'do_magic'"):
            VisionModel(replace(demo.settings, image_options={"do_magic": 1}))

    def test_an_adapter_changes_the_tagger(self, demo: VisionModel, tmp_path: Path) -> None:
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForImageTextToText

        base = AutoModelForImageTextToText.from_pretrained(demo.settings.model_path)
        lora = LoraConfig(r=2, target_modules=r".*language_model.*q_proj")
        get_peft_model(base, lora).save_pretrained(str(tmp_path))
        tuned = VisionModel(replace(demo.settings, adapter_path=tmp_path))
        assert tuned.tagger != demo.tagger
        picture = Image.new("RGB", (64, 64), (90, 40, 10))
        assert (
            tuned.caption([picture])[0] == demo.caption([picture])[0]
        )  # a fresh adapter is neutral
