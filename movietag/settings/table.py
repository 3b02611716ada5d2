"""Every setting in one table: name, type, default, help."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

from platformdirs import user_data_path
from pydantic import (
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from movietag.redaction import has_user

PACKAGE = Path(__file__).resolve().parents[1]

INSTEAD: Final = {
    "MOVIETAG_KAFKA": "MOVIETAG_KAFKA_USERNAME and MOVIETAG_KAFKA_PASSWORD",
    "MOVIETAG_ELASTICSEARCH": "MOVIETAG_ELASTICSEARCH_USERNAME and MOVIETAG_ELASTICSEARCH_PASSWORD",
    "MOVIETAG_TRITON": "MOVIETAG_TRITON_KEY",
}
"""What says who we are to a server, by the setting that says where it is."""

PAPER: Final = {
    "search_query": "{title}",
    "search_results": 5,
    "videos": 5,
    "rank": False,
    "min_seconds": 0.0,
    "max_seconds": 6 * 3600.0,  # none that a deadline and a size limit would not refuse
    "trim_start": 0.0,
    "trim_end": 0.0,
    "drop_dark": False,
    "drop_flat": False,
    "duplicate_bits": -1,
    "match": "substring",
}
"""The preset `paper`: the top 5 as they come, no ranking, no filters, tags anywhere in the text."""


class Settings(BaseSettings):
    """All settings. Frozen; addresses that are not given are those of the embedded stack."""

    model_config = SettingsConfigDict(
        env_prefix="MOVIETAG_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    preset: Literal["none", "paper"] = Field(
        "none",
        description="`paper`: the published method in its own settings, each of which may still be set"
        " by itself (docs/architecture.md says which).",
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
        " +1 (gRPC) and +2 (metrics), the stages' health at +304 to +383. Another base, 400"
        " away, lets two stacks run side by side.",
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
        description="Which of Java's compilers the embedded Elasticsearch uses: with c1 it starts in half"
        " the time, with c2 it answers faster once it is warm, which pays for a large library.",
    )
    elasticsearch_anonymous: bool = Field(
        True,
        description="Whether the embedded Elasticsearch lets whoever reaches it on this machine search"
        " `movies`, `movie_tags` and `frames` without a password. Nothing else goes without one.",
    )
    workers: int = Field(
        1, ge=1, le=16, description="Processes of each stage in the embedded stack."
    )

    # -- the servers, when they are not the embedded ones
    kafka: str | None = Field(
        None,
        description="Kafka bootstrap servers, `host:port,host:port`; default: the embedded one.",
    )
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="Security protocol of Kafka."
    )
    kafka_sasl: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="SASL mechanism, used when the security protocol has SASL."
    )
    kafka_username: str = Field("", description="SASL user name.")
    kafka_password: SecretStr = Field(SecretStr(""), description="SASL password (a secret).")
    kafka_cafile: Path | None = Field(None, description="PEM file of the authority of Kafka's TLS.")
    kafka_replication: int = Field(
        1, ge=1, description="Replicas of each topic that movietag makes."
    )
    kafka_partitions: int = Field(
        8,
        ge=1,
        description="Partitions of each topic that movietag makes: the most workers a stage"
        " can use. Never changed afterwards.",
    )
    elasticsearch: str | None = Field(
        None, description="URL of Elasticsearch; default: the embedded one."
    )
    elasticsearch_username: str = Field(
        "",
        description="User name at Elasticsearch; default: for the embedded one that of the stages, with"
        " the password in the home.",
    )
    elasticsearch_password: SecretStr = Field(
        SecretStr(""), description="Password of that user (a secret)."
    )
    elasticsearch_api_key: SecretStr = Field(
        SecretStr(""), description="API key (a secret), instead of a user."
    )
    elasticsearch_cafile: Path | None = Field(
        None, description="PEM file of the authority of Elasticsearch's TLS."
    )
    triton: str | None = Field(
        None, description="gRPC address of Triton, `host:port`; default: the embedded one."
    )
    triton_key: SecretStr = Field(
        SecretStr(""),
        description="Key that Triton asks of every call, if it does (a secret); default: for the embedded"
        " one a new one each `movietag up`, kept in the home.",
    )

    # -- the tagger
    model: str = Field("llava", description="Name of the model in Triton's model repository.")
    model_path: Path = Field(
        PACKAGE / "demo" / "model",
        description="Folder of the model that the embedded Triton serves; default: the demo model,"
        " which knows drawn movies only.",
    )
    adapter_path: Path | None = Field(
        None, description="Folder of a LoRA adapter put on the model."
    )
    tagger_mode: Literal["caption", "tags"] = Field(
        "caption",
        description="What the embedded Triton's model does with a frame: `caption` writes a text in which"
        " tags are looked for, `tags` scores every tag of the vocabulary in one pass.",
    )
    thresholds: Path | None = Field(
        None,
        description="Of the mode `tags`: file with the confidence from which on each tag counts;"
        " `movietag calibrate` makes it.",
    )
    vocabulary: str = Field(
        "mpst",
        description="Tags to count: `mpst` (71 tags), `mpst-aliases` (the same with further forms), or the"
        " path of a vocabulary file. Changed where movies are counted already: `movietag retag`.",
    )
    match: Literal["words", "substring"] = Field(
        "words",
        description="How a tag is found in a caption: as whole words, or anywhere (as in the paper).",
    )

    # -- plan: which videos
    search: str = Field(
        "ytsearch", description="yt-dlp search prefix, such as `ytsearch` or that of a plugin."
    )
    search_results: int = Field(
        15, ge=1, le=50, description="Results asked of the search per title."
    )
    search_query: str = Field(
        "{title} {year} official trailer",
        description="Query; `{title}` and `{year}` are filled in.",
    )
    rank: bool = Field(
        True,
        description="Judge results by their titles, best first, without those of something else; `false`:"
        " as the search gives them, whatever they show.",
    )
    search_interval: float = Field(
        3, ge=0, description="Least seconds between two searches of a plan worker."
    )
    videos: int = Field(5, ge=1, le=50, description="Videos wanted per movie.")
    min_seconds: float = Field(20, ge=0, description="Shortest video taken from a search.")
    max_seconds: float = Field(1200, gt=0, description="Longest video taken from a search.")
    roots: tuple[Path, ...] = Field(
        (), description="Folders (JSON list) below which `files` and `images` of a title may lie."
    )
    sites: tuple[str, ...] = Field(
        ("youtube.com", "youtu.be", "vimeo.com", "archive.org", "wikimedia.org", "dailymotion.com"),
        description="Sites (JSON list of domains) whose URLs a title may name; subdomains included.",
    )
    private_hosts: tuple[str, ...] = Field(
        (),
        description="`host:port` (JSON list) of private addresses that may be fetched from, such as a"
        " media server of one's own. Every other private address is refused, also after redirects.",
    )
    ytdlp_extractors: tuple[str, ...] = Field(
        (), description="Further yt-dlp extractors (JSON list), each as `module:ClassName`."
    )
    ytdlp_extractor_args: dict[str, dict[str, list[str]]] = Field(
        {}, description="yt-dlp's `extractor_args` (JSON object)."
    )
    cookies: Path | None = Field(None, description="Cookie file in Netscape form, given to yt-dlp.")
    proxy: SecretStr = Field(
        SecretStr(""),
        description="Proxy URL, given to yt-dlp (a secret: it may hold a password).",
    )

    # -- fetch: download and sample
    fetch_parallel: int = Field(5, ge=1, description="Videos in flight in one fetch worker.")
    fetch_seconds: float = Field(
        600, gt=0, description="Deadline of one video, download and decoding."
    )
    fetch_bytes: int = Field(200 << 20, gt=0, description="Largest download, in bytes.")
    fetch_memory: int = Field(
        2 << 30,
        ge=256 << 20,  # the code itself needs 160 MiB; with less it dies of anything, anywhere
        description="Memory that the child of one video may write, in bytes; YouTube needs 1 GiB.",
    )
    fetch_interval: float = Field(
        10,
        ge=0,
        description="Least seconds between two requests for videos of one site, over all workers.",
    )
    backlog_bytes: int = Field(
        2 << 30, gt=0, description="Fetching pauses while more bytes of frames wait for captions."
    )
    slots: int = Field(10, ge=1, le=500, description="Frames wanted per video.")
    movie_slots: int = Field(500, ge=1, le=5000, description="Frames at most per movie.")
    trim_start: float = Field(2, ge=0, description="Seconds left out at the start (rating card).")
    trim_end: float = Field(4, ge=0, description="Seconds left out at the end (end card).")
    sampling: Literal["keyframes", "exact"] = Field(
        "keyframes", description="Nearest keyframe before each instant (fast), or the exact frame."
    )
    width: int = Field(640, ge=32, le=4096, description="Width of a frame, pixels.")
    height: int = Field(360, ge=32, le=4096, description="Height of a frame, pixels.")
    jpeg_quality: int = Field(85, ge=1, le=100, description="JPEG quality of a frame.")
    drop_dark: bool = Field(True, description="Drop frames that are almost black.")
    drop_flat: bool = Field(True, description="Drop frames without structure.")
    duplicate_bits: int = Field(
        6,
        ge=-1,
        le=64,
        description="Frames whose perceptual hashes differ in at most so many of 64 bits from a kept"
        " frame of the same video are dropped; -1 keeps all.",
    )

    # -- fetch: frames that are kept
    frame_store: str = Field(
        "",
        description="Absolute path, or URL that fsspec knows (`s3://bucket/folder`), where frames are kept"
        " for `movietag recaption`, thumbnails and data sets. The pictures are other people's: see"
        " docs/frames.md. Default: none are kept.",
    )
    frame_store_days: float = Field(
        30,
        ge=0,
        description="Kept frames are deleted after so many days; 0: when their movie is forgotten or"
        " fetched anew, only.",
    )

    # -- caption, count, index
    caption_in_flight: int = Field(
        64,
        ge=1,
        description="Frames in flight from one caption worker to Triton, which batches them.",
    )
    caption_seconds: float = Field(120, gt=0, description="Deadline of one caption.")
    count_linger: float = Field(
        0.3, ge=0, description="Seconds within which changes of one movie become one update."
    )
    epoch: int = Field(
        0,
        ge=0,
        le=32767,
        description="The lowest epoch to count in; a recount raises it by itself, for every stage.",
    )
    second_count: bool = Field(
        False,
        description="Of a count beside the one that stands, as a retag in a cluster wants it: it counts with"
        " the vocabulary that it is given, whatever stands.",
    )
    not_cut: float = Field(
        0.10, ge=0, le=1, description="A movie counts as `not X` when tag X has a ratio below this."
    )
    scene_gap: int = Field(
        1,
        ge=0,
        le=100,
        description="Slots without what is asked for that a scene may have between two with it.",
    )

    embedder: str = Field(
        "",
        description="What finds captions by their meaning (`about:` in a query): `minilm`, the model that the"
        " extra `meaning` brings, or the absolute path of a folder with another (docs/search.md). The index"
        " stage gives each frame a vector of it; `movietag embed` those that have none. Default: off.",
    )
    embedder_floor: float = Field(
        0.2,
        ge=0,
        le=1,
        description="Captions whose meaning is less alike (cosine) than this are not found by it; another model"
        " has another scale.",
    )

    # -- the pages and the REST API: `movietag serve`
    web_host: str = Field(
        "127.0.0.1",
        description="Address on which `movietag serve` answers. Any but a loopback address needs"
        " MOVIETAG_WEB_KEYS.",
    )
    web_port: int | None = Field(
        None, ge=1, le=65535, description="Its port; default: the port base + 390."
    )
    web_hosts: tuple[str, ...] = Field(
        (),
        description="Further names (JSON list) by which it may be called, such as `movies.example.org`.",
    )
    web_keys: Path | None = Field(
        None,
        description="File of API keys, one a line, 16 characters at least; `#` begins a comment. With it"
        " every call needs one, in the header `X-API-Key`; a browser is asked for it once.",
    )
    web_rate: int = Field(
        100,
        ge=1,
        description="Calls a second that one client, by its key or else address, may make.",
    )
    web_in_flight: int = Field(
        64, ge=1, description="Calls answered at once; a further one gets 503."
    )
    web_seconds: float = Field(10, gt=0, description="Deadline of one call.")

    # -- the stages
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Log level."
    )
    stop_seconds: float = Field(
        30, gt=0, description="Time a stage gets to finish its work when stopped."
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
        "127.0.0.1", description="Address on which a stage answers these; `0.0.0.0` in containers."
    )
    snapshot_seconds: float = Field(
        0,
        ge=0,
        description="Every so many seconds each stage writes into Elasticsearch (`stage_metrics`) what it did"
        " and has waiting, for Kibana: 10 is a good value. 0: never.",
    )
    ready_seconds: float = Field(
        300,
        gt=0,
        description="A stage is not ready while its oldest work in flight is older than this.",
    )
    stuck_seconds: float = Field(
        300,
        gt=0,
        description="Work in flight that is older than this is logged, with where everything waits.",
    )

    @field_validator("kafka", "elasticsearch", "triton")
    @classmethod
    def _without_user(cls, given: str | None, info: ValidationInfo) -> str | None:
        """Addresses are printed; users and passwords have settings of their own."""
        if given and has_user(given):
            place = f"MOVIETAG_{info.field_name or ''}".upper()
            raise ValueError(
                f"a user or password in the address would be printed. Leave the address without, and set"
                f" {INSTEAD[place]}"
            )
        return given

    @model_validator(mode="before")
    @classmethod
    def _filled_in(cls, given: dict[str, Any]) -> dict[str, Any]:
        """What the preset says, where nothing is set by itself."""
        return {**PAPER, **given} if given.get("preset") == "paper" else given

    @property
    def kafka_address(self) -> str:
        """Bootstrap servers, the embedded one by default."""
        return self.kafka or f"127.0.0.1:{self.port_base + 92}"

    @property
    def elasticsearch_url(self) -> str:
        """URL of Elasticsearch, the embedded one by default."""
        return self.elasticsearch or f"http://127.0.0.1:{self.port_base + 200}"

    @property
    def web_address(self) -> tuple[str, int]:
        """Host and port of the pages and the REST API."""
        return self.web_host, self.web_port or self.port_base + 390

    @property
    def triton_address(self) -> str:
        """GRPC address of Triton, the embedded one by default."""
        return self.triton or f"127.0.0.1:{self.port_base + 1}"
