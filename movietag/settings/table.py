"""Every setting in one table: name, type, default, help."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from platformdirs import user_data_path
from pydantic import (
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from movietag.index_names import INDEX_PREFIX, NAMES
from movietag.redaction import has_user
from movietag.settings.addresses import HostPorts, HttpAddress
from movietag.settings.hours import parse_hours
from movietag.settings.languages import AlphabetName, CaptionLanguage
from movietag.settings.paths import InputFile, InputFolder, PathKind
from movietag.settings.sources import Environment, SecretFiles
from movietag.topics import PREFIX
from movietag.vocabulary import DEFAULT_RULE, MatchRule
from movietag.vocabulary.sentence import NAMING

PACKAGE = Path(__file__).resolve().parents[1]

_PREFIXES: Final = {
    "kafka_prefix": (PREFIX, "Kafka", ("movietag",)),
    "index_prefix": (INDEX_PREFIX, "Elasticsearch", NAMES),
}
"""A setting -> the prefix of this process, whose names begin with it, and what it must not contain."""

TITLE_FIELDS: Final = (
    *("title", "year", "movie_id", "imdb", "tmdb", "genres", "urls", "files", "images"),
    *("refresh", "forget", "cancel"),
)
"""The fields of a title's JSON: ``movietag.rules.title_fields``."""

INSTEAD: Final = {
    "MOVIETAG_KAFKA": "MOVIETAG_KAFKA_USERNAME and MOVIETAG_KAFKA_PASSWORD",
    "MOVIETAG_ELASTICSEARCH": "MOVIETAG_ELASTICSEARCH_USERNAME and MOVIETAG_ELASTICSEARCH_PASSWORD",
    "MOVIETAG_TRITON": "MOVIETAG_TRITON_KEY",
    "MOVIETAG_CATALOGUE_URL": "MOVIETAG_TMDB_KEY",
}
"""The settings that authenticate to a server, by the setting of its address."""

PAPER: Final = {
    "search_query": "{title}",
    "search_results": 5,
    "videos": 5,
    "rank": False,
    "min_seconds": 0.0,
    "max_seconds": 6 * 3600.0,  # longer ones exceed the deadline or the size limit anyway
    "trim_start": 0.0,
    "trim_end": 0.0,
    "drop_dark": False,
    "drop_flat": False,
    "drop_cards": False,
    "duplicate_bits": -1,
    "match": "substring",
}
"""The preset `paper`: the search's first 5 results, no ranking, no filters, tags anywhere in the text."""


class Settings(BaseSettings):
    """All settings. Frozen; addresses that are not set are those of the embedded stack."""

    model_config = SettingsConfigDict(
        env_prefix="MOVIETAG_",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )

    preset: Literal["none", "paper"] = Field(
        "none",
        description="`paper`: the published method with its own settings, each of which can still be set"
        " separately (docs/architecture.md lists them).",
    )

    # -- the embedded stack
    home: Path = Field(
        user_data_path("movietag"),
        description="Folder of the embedded stack: its data and logs.",
    )
    port_base: int = Field(
        19000,
        ge=1024,
        le=65000,
        description="First port of the embedded stack: Kafka at +92, Elasticsearch at +200, Triton at"
        " +1 (gRPC) and +2 (metrics), the stages' health at +304 to +383. A base that differs by 400"
        " lets two stacks run side by side.",
    )
    cache: Path | None = Field(
        None,
        description="Folder of the downloaded servers, shared by several homes; default: `cache` in"
        " the user's movietag cache folder.",
    )
    elasticsearch_heap: str = Field(
        "512m", pattern=r"^\d+[mg]$", description="Heap of the embedded Elasticsearch."
    )
    elasticsearch_compiler: Literal["c1", "c2"] = Field(
        "c1",
        description="Java compiler of the embedded Elasticsearch: c1 halves its start, c2 answers faster"
        " once it is warm, which pays for a large library.",
    )
    elasticsearch_anonymous: bool = Field(
        True,
        description="Whether anyone who reaches the embedded Elasticsearch on this machine may search"
        " `movies`, `movie_tags` and `frames` without a password. Everything else needs one.",
    )
    workers: int = Field(
        1, ge=1, le=16, description="Processes of each stage in the embedded stack."
    )
    start_seconds: float = Field(
        180,
        gt=0,
        description="Time for the servers, and then for the stages, to be ready in `movietag up`. When it ends, what runs"
        " stays up.",
    )

    # -- the servers, if they are not the embedded ones
    kafka: HostPorts = Field(
        None,
        description="Kafka bootstrap servers, `host:port,host:port`; default: the embedded one.",
    )
    kafka_prefix: str = Field(
        PREFIX,
        pattern=r"^[A-Za-z0-9._-]{0,60}$",
        description="What all names of ours in Kafka begin with (topics, consumer groups, ledgers, client ids), where"
        " several share one Kafka; e.g. `films.` makes `films.movietag.titles`. Read from the environment only."
        " Must never be changed afterwards: under another prefix there is nothing yet.",
    )
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="Security protocol of Kafka."
    )
    kafka_sasl: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = Field(
        "SCRAM-SHA-512", description="SASL mechanism, used when the security protocol has SASL."
    )
    kafka_username: str = Field("", description="SASL user name.")
    kafka_password: SecretStr = Field(SecretStr(""), description="SASL password (a secret).")
    kafka_cafile: InputFile = Field(
        None, description="PEM file of the certificate authority of Kafka."
    )
    kafka_certfile: InputFile = Field(
        None,
        description="PEM file of this client's certificate and its chain, where Kafka asks for one (mTLS).",
    )
    kafka_keyfile: InputFile = Field(
        None,
        description="PEM file of that certificate's key, without a password; default: in the same file.",
    )
    kafka_token_file: InputFile = Field(
        None,
        description="File with the token of OAUTHBEARER; read for each new connection, so that it may be renewed.",
    )
    kafka_replication: int = Field(
        1, ge=1, description="Replicas of each topic that movietag creates."
    )
    kafka_compression: Literal["zstd", "lz4", "gzip", "none"] = Field(
        "zstd",
        description="Compression of what stages send to Kafka, except fetch, which sends JPEG pictures"
        " ([how much](operations.md#compression)).",
    )
    kafka_partitions: int = Field(
        8,
        ge=1,
        description="Partitions of each topic that movietag creates: the maximum number of workers of a"
        " stage. Afterwards `movietag topics repartition` raises it, then this setting; nothing lowers it.",
    )
    elasticsearch: HttpAddress = Field(
        None, description="URL of Elasticsearch; default: the embedded one."
    )
    index_prefix: str = Field(
        INDEX_PREFIX,
        pattern=r"^([a-z0-9][a-z0-9._-]{0,59})?$",
        description="What all names of ours in Elasticsearch begin with (indices, aliases, templates), where several"
        " libraries share one; e.g. `films.` makes `films.movies`. Read from the environment only. Under another prefix"
        " there is nothing yet: `movietag recount` fills it.",
    )
    elasticsearch_username: str = Field(
        "",
        description="User name at Elasticsearch; default: for the embedded one the stages' user, with"
        " the password stored in the home.",
    )
    elasticsearch_password: SecretStr = Field(
        SecretStr(""), description="Password of that user (a secret)."
    )
    elasticsearch_api_key: SecretStr = Field(
        SecretStr(""), description="API key (a secret), instead of a user."
    )
    elasticsearch_cafile: InputFile = Field(
        None, description="PEM file of the certificate authority of Elasticsearch."
    )
    adopt: str = Field(
        "",
        max_length=64,
        description="The id of the library or of the Elasticsearch cluster that this Kafka takes over, as an error names"
        " it; or `settings`, for a worker whose settings differ from the others'. For one start (docs/operations.md).",
    )
    triton: HostPorts = Field(
        None,
        description="gRPC address of Triton, `host:port`; several, with commas between them, or a name with several"
        " addresses in DNS: frames go to each. Default: the embedded one.",
    )
    triton_key: SecretStr = Field(
        SecretStr(""),
        description="Key that Triton requires in each call, if it does (a secret); default: for the embedded"
        " one a key that each `movietag up` generates and stores in the home.",
    )
    triton_tls: bool = Field(
        False,
        description="Whether Triton is reached by TLS; never the embedded one. Its certificate must name the host"
        " of MOVIETAG_TRITON, also where that is a name with several addresses.",
    )
    triton_cafile: InputFile = Field(
        None,
        description="PEM file of the certificate authority of Triton; default: those that gRPC brings.",
    )
    triton_certfile: InputFile = Field(
        None,
        description="PEM file of this client's certificate and its chain, where Triton asks for one (mTLS).",
    )
    triton_keyfile: InputFile = Field(
        None,
        description="PEM file of that certificate's key, without a password; default: in the same file.",
    )

    # -- the tagger
    model: str = Field("llava", description="Name of the model in Triton's model repository.")
    model_path: Annotated[Path, PathKind.FOLDER] = Field(
        PACKAGE / "demo" / "model",
        description="Folder of the model that the embedded Triton serves; default: the demo model,"
        " which recognizes only drawn movies.",
    )
    adapter_path: InputFolder = Field(
        None, description="Folder of a LoRA adapter applied to the model."
    )
    engine: Literal["transformers", "vllm", "openai"] = Field(
        "transformers",
        description="What computes the answers behind Triton (docs/models.md): `transformers` or `vllm` in its process,"
        " `openai` an endpoint that is compatible with OpenAI's: vLLM, SGLang, llama.cpp, Ollama, LM Studio, a cloud.",
    )
    engine_options: dict[str, Any] = Field(
        {},
        description="For the engine `vllm`: arguments (JSON object) of vLLM, e.g. `max_model_len`,"
        " `gpu_memory_utilization`, `max_num_seqs`, `dtype`, `enforce_eager`.",
    )
    endpoints: tuple[str, ...] = Field(
        (),
        description="For the engine `openai`: addresses (a list), e.g. `http://127.0.0.1:8000/v1`, each perhaps with"
        " a blank and its weight. All must serve the same model.",
    )
    endpoint_model: str = Field(
        "", description="Its name at the endpoints; default: the only one that they serve."
    )
    endpoint_key_file: InputFile = Field(
        None,
        description="File with the API key that the endpoints require; the key itself is in no configuration.",
    )
    endpoint_revision: str = Field(
        "",
        max_length=200,
        description="What the endpoints do not tell of the model's weights, e.g. their commit; part of the tagger.",
    )
    endpoint_options: dict[str, Any] = Field(
        {},
        description="Further fields (JSON object) of each request to an endpoint; `null` removes one."
        " Part of the tagger.",
    )
    endpoint_seconds: float = Field(
        45,
        gt=0,
        description="Deadline of one request to an endpoint; less than half of `caption_seconds`, for another may be"
        " asked next.",
    )
    endpoint_parallel: int = Field(
        32, ge=1, le=1024, description="Requests to endpoints in flight at a time."
    )
    endpoint_image_side: int = Field(
        1024,
        ge=32,
        le=16_384,
        description="Longest side of a picture that is sent to an endpoint, in pixels; larger ones are scaled down.",
    )
    endpoint_image_bytes: int = Field(
        1_000_000,
        ge=10_000,
        le=100_000_000,
        description="Largest picture that is sent to an endpoint; larger ones are compressed more.",
    )
    tagger_mode: Literal["caption", "tags", "similarity"] = Field(
        "caption",
        description="What the model does with a frame: `caption` writes a text in which tags are matched, `tags`"
        " scores each tag of the vocabulary in one pass, `similarity` compares the frame with texts that name the"
        " tags (CLIP-like models).",
    )
    prompt: str = Field(
        "describe",
        min_length=1,
        description="What is asked of each frame: a built-in prompt (`movietag prompts list`), a text of several"
        " words, or the path of a TOML file. Part of the tagger, as are the next four. A tagger that was taught"
        " here is asked as it was taught where these are not set, and another value is refused.",
    )
    max_new_tokens: int = Field(
        48, ge=1, le=8192, description="Longest caption in tokens; the first lever on throughput."
    )
    do_pad: bool = Field(
        True,
        description="Pad frames to squares first, for models whose processor crops; `false` for those that cut"
        " pictures into tiles.",
    )
    image_options: dict[str, Any] = Field(
        {},
        description="Options (JSON object) set on the model's image processor.",
    )
    answer: str = Field(
        NAMING,
        description="For the mode `tags`: the answer up to the first tag, `{tag}`, as the model was taught it.",
    )
    templates: tuple[str, ...] = Field(
        (),
        description="For the mode `similarity`: the texts that stand for a tag (a JSON list, `{tag}` once in each)."
        " Empty: three of ours (docs/models.md).",
    )
    thresholds: InputFile = Field(
        None,
        description="For the modes `tags` and `similarity`: file with the least confidence at which each tag counts;"
        " `movietag calibrate` writes it.",
    )
    static_cache: bool = Field(
        False,
        description="A static KV cache and few batch sizes, so that decoding is compiled on CUDA.",
    )
    threads: int = Field(
        1,
        ge=0,
        le=1024,
        description="Threads of the model's process that decode pictures; on a CPU also those that compute.",
    )
    vocabulary: str = Field(
        "mpst",
        description="Tags to count: `mpst` (71 tags), `mpst-aliases` (the same with aliases), or the path of"
        " a vocabulary file. To change it once movies are counted: `movietag retag`.",
    )
    match: MatchRule = Field(
        DEFAULT_RULE,
        description="How a tag matches a caption: as whole `words`; the same without tags that an English caption"
        " denies (`words-negation`), or calls only possible (`words-negation-hedges`); or as a `substring`"
        " anywhere, as in the paper.",
    )

    caption_language: CaptionLanguage | Literal[""] = Field(
        "english",
        description="Language of captions: `text:castle` finds castles, too, by the stemmer of Snowball for it."
        " Empty: words are found as they are written. After a change: `movietag recount`.",
    )
    title_alphabet: AlphabetName | Literal[""] = Field(
        "",
        description="The alphabet in whose order titles stand (`--by title`), e.g. `swedish`: å, ä, ö behind z."
        " Empty: one order for all languages. After a change: `movietag recount`.",
    )

    # -- titles
    title_fields: Annotated[dict[str, str], NoDecode] = Field(
        {},
        description="How other programs name the fields of a title, e.g. `primaryTitle=title, startYear=year, tconst=imdb`"
        " (or as JSON). Where it is set, fields of other names are passed over; else they are refused.",
    )
    title_deletes: Literal["ignore", "forget"] = Field(
        "ignore",
        description="What a deleted row in `movietag.titles` does (of Debezium): nothing, or `forget` its movie.",
    )

    # -- plan: which videos
    search: str = Field(
        "ytsearch",
        description="yt-dlp search prefix, e.g. `ytsearch`, or that of an extractor in `ytdlp_extractors`.",
    )
    search_results: int = Field(15, ge=1, le=50, description="Search results requested per title.")
    search_query: str = Field(
        "{title} {year} official trailer",
        description="Query; `{title}` and `{year}` are filled in.",
    )
    rank: bool = Field(
        True,
        description="Rank results by their titles, and reject those that show something else; `false`:"
        " take them in the search's order, whatever they show.",
    )
    search_interval: float = Field(
        3, ge=0, description="Minimum seconds between two searches of a plan worker."
    )
    retry_seconds: float = Field(
        60,
        ge=0,
        description="Pause before a title whose movie was tried twice in vain is tried once more when it is sent again;"
        " it doubles with each try, up to a day. `refresh` does not wait; 0: no pauses.",
    )
    videos: int = Field(5, ge=1, le=50, description="Videos wanted per movie.")
    min_seconds: float = Field(20, ge=0, description="Shortest video accepted from a search.")
    max_seconds: float = Field(1200, gt=0, description="Longest video accepted from a search.")
    # -- plan: the catalogue
    catalogue: Literal["off", "wikidata", "tmdb"] = Field(
        "off",
        description="A catalogue in which each title is looked up before its videos are searched for: its other"
        " titles, its running time and its official trailers make the choice of videos better (docs/catalogue.md)."
        " Titles are sent to that service. `tmdb` needs `tmdb_key`.",
    )
    tmdb_key: SecretStr = Field(
        SecretStr(""),
        description="Key (v3) or token (v4) of an account at themoviedb.org (a secret); only for the plan stage.",
    )
    catalogue_contact: str = Field(
        "",
        pattern=r"^[!-~ ]{0,200}$",
        description="Mail address or URL at which the catalogue's operators reach you; part of the user agent,"
        " as Wikidata requires of whoever makes many queries.",
    )
    catalogue_days: float = Field(
        30,
        ge=0,
        le=180,
        description="Days for which an answer of the catalogue is used without asking again; stored in `home`."
        " 0: nothing is stored.",
    )
    catalogue_url: str | None = Field(
        None,
        description="URL of a server that answers in the catalogue's place, e.g. a mirror or a caching proxy:"
        " what stands before `/w/api.php` of Wikidata, or before `/search/movie` of TMDB. Default: the service.",
    )

    # -- plan: what titles may name, and yt-dlp
    roots: tuple[Path, ...] = Field(
        (),
        description="Folders, each absolute, below which `files` and `images` of a title may be. Workers on"
        " several machines need the same folders at the same paths.",
    )
    sites: tuple[str, ...] = Field(
        ("youtube.com", "youtu.be", "vimeo.com", "archive.org", "wikimedia.org", "dailymotion.com"),
        description="Sites (a list of domains) whose URLs a title may name; subdomains included.",
    )
    private_hosts: tuple[str, ...] = Field(
        (),
        description="`host:port` (a list) of private addresses that may be fetched from, e.g. a media"
        " server of your own. All other private addresses are refused, also after redirects.",
    )
    ytdlp_extractors: tuple[str, ...] = Field(
        (), description="Further yt-dlp extractors (a list), each as `module:ClassName`."
    )
    ytdlp_extractor_args: dict[str, dict[str, list[str]]] = Field(
        {}, description="yt-dlp's `extractor_args` (JSON object)."
    )
    cookies: InputFile = Field(None, description="Cookie file in Netscape format, for yt-dlp.")
    proxy: SecretStr = Field(
        SecretStr(""),
        description="Proxy URL for yt-dlp (a secret: it may hold a password).",
    )

    plan_ahead: int = Field(
        100,
        ge=1,
        description="Videos that may wait for fetch before titles of lists (`movietag add --from`, the topic"
        " `movietag.titles.bulk`) wait themselves. Other titles never do.",
    )

    look_again_days: int = Field(
        0,
        ge=0,
        le=3650,
        description="Movies that have fewer videos than wanted, or none, are searched for again every so many days, behind"
        " everything else; 0: never.",
    )

    # -- fetch: download and sample
    fetch_parallel: int = Field(5, ge=1, description="Videos in flight in one fetch worker.")
    fetch_seconds: float = Field(
        600, gt=0, description="Deadline of one video, download and decoding."
    )
    fetch_bytes: int = Field(200 << 20, gt=0, description="Largest download, in bytes.")
    fetch_memory: int = Field(
        2 << 30,
        ge=256 << 20,  # the code itself needs 160 MiB; with less it fails anywhere
        description="Writable memory of the child of one video, in bytes; YouTube needs 1 GiB.",
    )
    fetch_interval: float = Field(
        10,
        ge=0,
        description="Seconds between two requests for videos of one site, on average over all workers: each of N waits"
        " at least N times as long between its own. Several may come together, e.g. the first of each.",
    )
    fetch_hours: str = Field(
        "",
        description="Hours in which sites are asked for videos, e.g. `22-06` or `22:30-06:00`; empty: always. Files of"
        " one's own are read at any time.",
    )
    fetch_zone: str = Field(
        "",
        description="Time zone of `fetch_hours` and of the budgets' days, e.g. `Europe/Berlin`; empty: the machine's,"
        " which in a container is mostly UTC.",
    )
    fetch_videos_a_day: int | None = Field(
        None,
        ge=1,
        description="Videos fetched from sites on one day, by all workers together (each may exceed it by what it has"
        " begun), failed ones included; none: no limit.",
    )
    fetch_bytes_a_day: int | None = Field(
        None,
        ge=1,
        description="Bytes of the videos that were downloaded whole on one day, by all workers together, after which no"
        " further one is begun; none: no limit.",
    )
    backlog_bytes: int = Field(
        2 << 30,
        gt=0,
        description="Bytes of frames waiting for captions above which fetching pauses.",
    )
    slots: int = Field(10, ge=1, le=500, description="Frames wanted per video.")
    slots_per_minute: float = Field(
        0,
        ge=0,
        le=600,
        description="Frames wanted per minute of a long video, where that is more than `slots`; a movie has no"
        " more than `movie_slots`. 0: `slots`, however long it is.",
    )
    movie_slots: int = Field(500, ge=1, le=5000, description="Maximum frames per movie.")
    trim_start: float = Field(2, ge=0, description="Seconds skipped at the start (rating card).")
    trim_end: float = Field(4, ge=0, description="Seconds skipped at the end (end card).")
    trim_start_share: float = Field(
        0, ge=0, le=0.5, description="Share of the length skipped at the start, if that is more."
    )
    trim_end_share: float = Field(
        0,
        ge=0,
        le=0.5,
        description="Share of the length skipped at the end, if that is more; of videos longer than 15 minutes"
        " at least 0.12 (the credits).",
    )
    sampling: Literal["keyframes", "exact", "scenes"] = Field(
        "keyframes",
        description="Nearest keyframe before each instant (fast), the exact frame, or the keyframe of each"
        " slot's part of the video that differs most from the one before it.",
    )
    width: int = Field(640, ge=32, le=4096, description="Width of a frame, pixels.")
    height: int = Field(360, ge=32, le=4096, description="Height of a frame, pixels.")
    jpeg_quality: int = Field(85, ge=1, le=100, description="JPEG quality of a frame.")
    drop_dark: bool = Field(True, description="Drop frames that are almost black.")
    drop_flat: bool = Field(True, description="Drop frames without structure.")
    drop_cards: bool = Field(
        True,
        description="Drop frames that are text on flat ground: credits, title and rating cards, logos.",
    )
    most_lost: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Share of a video's slots that may be missing or damaged; with more the next video is taken"
        " instead. A movie that lacks more of its slots, for whatever reason, is reported as short.",
    )
    subfolders: bool = Field(
        False, description="Whether pictures in sub-folders of a folder of pictures are taken, too."
    )
    duplicate_bits: int = Field(
        6,
        ge=-1,
        le=64,
        description="Frames whose perceptual hashes differ in at most this many of 64 bits from a retained"
        " frame of the same video are dropped; -1 drops none.",
    )

    # -- fetch: frames that are stored
    frame_store: str = Field(
        "",
        description="Absolute path, or URL that fsspec supports (`s3://bucket/folder`), where frames are"
        " stored for `movietag recaption`, thumbnails and data sets; `home`: in the home; `off`: nowhere. The"
        " pictures are copyrighted: see docs/frames.md. Default: as answered when `movietag up` asked; nowhere"
        " without an answer.",
    )
    frame_store_days: float = Field(
        30,
        ge=0,
        description="Days after which stored frames are deleted; 0: only when their movie is forgotten or"
        " fetched again.",
    )

    # -- caption, count, index
    caption_in_flight: int = Field(
        64,
        ge=1,
        description="Frames in flight from one caption worker to each Triton, of a list or of a name in DNS, which batches them.",
    )
    caption_seconds: float = Field(120, gt=0, description="Deadline of one caption.")
    count_linger: float = Field(
        0.3,
        ge=0,
        description="Seconds for which changes of one movie are collected into one update.",
    )
    epoch: int = Field(
        0,
        ge=0,
        le=32767,
        description="The lowest epoch to count in; a recount raises the epoch automatically, for every stage.",
    )
    second_count: bool = Field(
        False,
        description="For a second count next to the current one, as a retag in a cluster needs: it counts with"
        " its configured vocabulary, whichever is current.",
    )
    not_cut: float = Field(
        0.10, ge=0, le=1, description="A movie counts as `not X` when tag X has a ratio below this."
    )
    scene_gap: int = Field(
        1,
        ge=0,
        le=100,
        description="Maximum number of slots without a match between two matching slots of a scene.",
    )

    embedder: str = Field(
        "",
        description="The model that finds captions by meaning (`about:` in a query): `minilm`, which the extra"
        " `meaning` installs, or the absolute path of a folder with another one (docs/search.md). The index"
        " stage adds its vector to each frame; `movietag embed` adds missing ones. Default: off.",
    )
    embedder_floor: float = Field(
        0.2,
        ge=0,
        le=1,
        description="Least similarity (cosine) at which a caption matches by meaning; other models have other"
        " scales.",
    )
    embedder_tag_floor: float = Field(
        0.6,
        ge=0,
        le=1,
        description="Least similarity (cosine) at which a tag is suggested for a word that is spelled like no tag"
        " (docs/search.md); other models have other scales.",
    )

    # -- the pages and the REST API: `movietag serve`
    web_host: str = Field(
        "127.0.0.1",
        description="Address on which `movietag serve` listens. Any but a loopback address needs"
        " MOVIETAG_WEB_KEYS.",
    )
    web_port: int | None = Field(
        None, ge=1, le=65535, description="Its port; default: the port base + 390."
    )
    web_hosts: tuple[str, ...] = Field(
        (),
        description="Further host names (a list) that requests may use, e.g. `movies.example.org`.",
    )
    web_keys: InputFile = Field(
        None,
        description="File of API keys, one a line, of at least 16 characters, with a role (`read`, `add`,"
        " `operate`) and a name before it where they differ (docs/api.md); `#` begins a comment. With it,"
        " each call needs a key in the header `X-API-Key`; a browser is asked for it once.",
    )
    web_rate: int = Field(
        100,
        ge=1,
        description="Calls per second that one client may make, by its key or else its address.",
    )
    web_in_flight: int = Field(
        64, ge=1, description="Calls handled at the same time; further ones get 503."
    )
    web_seconds: float = Field(10, gt=0, description="Deadline of one call.")
    web_play: bool = Field(
        True,
        description="Whether pages play videos: files below `roots` that the library knows, and after a click those"
        " of sites in the sites' own players (docs/page.md).",
    )

    # -- events for another program: `movietag webhook`
    webhook_url: SecretStr = Field(
        SecretStr(""),
        description="Address to which `movietag webhook` posts events (a secret: it may hold a token). https, or http to"
        " a `host:port` in MOVIETAG_PRIVATE_HOSTS, which private addresses need, too.",
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""),
        description="Signs the events (a secret): `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks has it.",
    )
    webhook_hours: float = Field(
        24,
        gt=0,
        le=720,
        description="Hours after which an event is given up while the receiver takes none.",
    )
    webhook_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port of the webhook's `/metrics`, on MOVIETAG_HEALTH_HOST; default: the port base + 391.",
    )

    # -- the stages
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Log level."
    )
    log_format: Literal["text", "json"] = Field(
        "text",
        description="Form of the stages' logs: lines of text, or JSON: an object a line, with time, level, stage,"
        " message, movie, video and slot, and the traceback as `error`.",
    )
    stop_seconds: float = Field(
        30, gt=0, description="Time for a stage to finish its work when stopped."
    )
    health_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port of a stage's `/healthz`, `/readyz` and `/metrics`, for containers; default, and"
        " in the embedded stack always: the port base + 304 + 16 for each stage before it (plan,"
        " fetch, caption, count, index) + 1 for each process of the stage before it.",
    )
    health_host: str = Field(
        "127.0.0.1",
        description="Address on which a stage serves these paths; `0.0.0.0` in containers.",
    )
    snapshot_seconds: float = Field(
        0,
        ge=0,
        description="Seconds between two snapshots that each stage writes to Elasticsearch (`stage_metrics`)"
        " of its work done and waiting, for Kibana: 10 is a good value. 0: none.",
    )
    ready_seconds: float = Field(
        300,
        gt=0,
        description="A stage is not ready while its oldest work in flight is older than this.",
    )
    give_back_seconds: float = Field(
        60,
        ge=0,
        description="A worker that has waited for a server for longer, with nothing done meanwhile, gives its"
        " partitions back if another worker of its stage is ready, and comes back when the server answers. 0: never.",
    )
    stuck_seconds: float = Field(
        300,
        gt=0,
        description="Work in flight older than this is logged, with the stack of every waiting task.",
    )

    @field_validator("kafka", "elasticsearch", "triton", "catalogue_url")
    @classmethod
    def _without_user(cls, given: str | None, info: ValidationInfo) -> str | None:
        """Refuse addresses with users or passwords: addresses are printed, those have settings of their own."""
        if given and has_user(given):
            place = f"MOVIETAG_{info.field_name or ''}".upper()
            raise ValueError(
                f"a user or password in the address would be printed. Leave them out, and set"
                f" {INSTEAD[place]}"
            )
        return given

    @field_validator("fetch_hours")
    @classmethod
    def _hours_of_a_day(cls, value: str) -> str:
        parse_hours(value)
        return value

    @field_validator("fetch_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            if value:
                ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(
                f"{value[:40]!r} is no time zone of this machine. Examples: Europe/Berlin, UTC."
            ) from None
        return value

    @field_validator("kafka_prefix", "index_prefix")
    @classmethod
    def _prefix_of_process(cls, value: str, info: ValidationInfo) -> str:
        assert info.field_name
        own, server, names = _PREFIXES[info.field_name]
        if name := next((name for name in names if name in value), ""):
            raise ValueError(f"It must not contain `{name}`: others' names could begin like ours.")
        if value != own:
            raise ValueError(
                f"The names in {server} of this process begin with {own!r}: set MOVIETAG_{info.field_name.upper()} in"
                " its environment, in capitals, before it starts."
            )
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The order in which values are looked for."""
        assert isinstance(file_secret_settings, SecretsSettingsSource)
        secrets = SecretFiles(settings_cls, secrets_dir=file_secret_settings.secrets_dir)
        return init_settings, Environment(settings_cls), secrets

    @field_validator("roots")
    @classmethod
    def _absolute(cls, given: tuple[Path, ...]) -> tuple[Path, ...]:
        """Refuse a relative folder: stages run in other folders than commands."""
        folders = tuple(folder.expanduser() for folder in given)
        for folder in folders:
            if not folder.is_absolute():
                raise ValueError(f"{folder} is relative; write {folder.absolute()}")
        return folders

    @field_validator("title_fields", mode="before")
    @classmethod
    def _field_names(cls, given: object) -> object:
        """Pairs such as `primaryTitle=title, startYear=year`, or JSON."""
        if not isinstance(given, str):
            return given
        if given.lstrip().startswith("{"):
            return json.loads(given)
        pairs = [pair.partition("=") for pair in given.split(",") if pair.strip()]
        return {theirs.strip(): ours.strip() for theirs, _, ours in pairs}

    @field_validator("title_fields")
    @classmethod
    def _our_fields(cls, given: dict[str, str]) -> dict[str, str]:
        """Refuse a field that titles do not have."""
        for theirs, ours in given.items():
            if ours not in TITLE_FIELDS or not theirs:
                raise ValueError(
                    f"`{theirs}={ours}` names no field of a title; write NAME=FIELD, with one of"
                    f" {', '.join(TITLE_FIELDS)}"
                )
        return given

    @field_validator("triton")
    @classmethod
    def _with_ports(cls, given: str | None) -> str | None:
        """Refuse an address of Triton without a port."""
        for address in (given or "").split(","):
            host, _, port = address.strip().rpartition(":")
            if address.strip() and not (host and port.isdecimal()):
                raise ValueError(
                    f"{address.strip()!r} is not HOST:PORT; e.g. gpu1:8001, or gpu1:8001,gpu2:8001"
                )
        return given

    @model_validator(mode="before")
    @classmethod
    def _filled_in(cls, given: dict[str, Any]) -> dict[str, Any]:
        """The values of the preset for settings that are not set explicitly."""
        return {**PAPER, **given} if given.get("preset") == "paper" else given

    @property
    def kafka_address(self) -> str:
        """Bootstrap servers; by default the embedded one."""
        return self.kafka or f"127.0.0.1:{self.port_base + 92}"

    @property
    def elasticsearch_url(self) -> str:
        """URL of Elasticsearch; by default the embedded one."""
        return self.elasticsearch or f"http://127.0.0.1:{self.port_base + 200}"

    @property
    def web_address(self) -> tuple[str, int]:
        """Host and port of the pages and the REST API."""
        return self.web_host, self.web_port or self.port_base + 390

    @property
    def webhook_address(self) -> tuple[str, int]:
        """Host and port of the webhook's metrics."""
        return self.health_host, self.webhook_port or self.port_base + 391

    @property
    def triton_address(self) -> str:
        """GRPC address of Triton, or several with commas between them; by default the embedded one."""
        return ",".join(self.triton_addresses)

    @property
    def triton_addresses(self) -> tuple[str, ...]:
        """GRPC addresses of Tritons, one at least; by default the embedded one."""
        listed = tuple(one.strip() for one in (self.triton or "").split(",") if one.strip())
        return listed or (f"127.0.0.1:{self.port_base + 1}",)

    @property
    def captions_in_flight(self) -> int:
        """Frames in flight from one caption worker to all Tritons of the list."""
        return self.caption_in_flight * len(self.triton_addresses)
