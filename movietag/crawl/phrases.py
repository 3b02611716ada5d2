"""The words of yt-dlp and of sites: which kind of error each names."""

from __future__ import annotations

import re
from typing import Final

# The first pattern that matches counts. What stands first is more exact, or is part of texts that match others too.
PATTERNS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for kind, pattern in (
        # -- this machine
        (
            "disk-full",
            r"no space left|quota exceeded|(not enough|insufficient|out of) (disk )?space|errno (28|122)\b|disk (is )?full|disk space left",
        ),
        (
            "disk-fails",
            r"input/output error|stale (nfs )?file handle|transport endpoint|errno (5|107|116)\b",
        ),
        (
            "no-access",
            r"permission denied|read-only file system|too many open files|errno (13|24|30)\b"
            r"|unable to (open for writing|create directory|(rename|remove|delete) file)|used by another process"
            r"|no such file or directory|file name too long|errno (2|36)\b",
        ),
        ("memory", r"cannot allocate memory|errno 12\b|out of memory|memoryerror|start new thread"),
        (
            "certificate",
            r"certificate.verify|certificate (has expired|is not)|self.signed certificate|legacy.server.connect|handshake.failure|legacy.renegotiation|client certificate"
            r"|hostname mismatch|wrong.version.number",
        ),
        (
            "proxy",
            r"\bprox(y|ies)\b.{0,60}(connect|authenticat|fail|refus|error|required|unreachable)"
            r"|(unable to connect to|cannot connect to|407).{0,20}\bproxy|tunnel connection failed|socks\d",
        ),
        (
            "network-restricted",
            r"(network|workspace) administrator|websense|filtering software|blocked by .{0,30}(government"
            r"|censorship|your (network|organi[sz]ation|administrator|school|employer|isp)|firewall)",
        ),
        (
            "no-javascript",
            r"javascript runtime|challenge solver|\bdeno\b.{0,40}not (found|installed)",
        ),
        (
            "needs-program",
            r"(ffmpeg|ffprobe|avconv|rtmpdump|mplayer|aria2c|streamlink|phantomjs)\b.{0,60}(not (be )?(found|installed|run)"
            r"|could not|unable|does not exist)|(using|install) ffmpeg|run phantomjs|impersonat",
        ),
        (
            "missing-package",
            r"(is|are|be) (not )?installed\b|no module named|exec format error|not found\. please install|please install|following dependenc(y|ies)\b"
            r"|without sqlite3 support|(unsupported|deprecated) version of python|python version .{0,30}(deprecated|unsupported)",
        ),
        (
            "cookies",
            r"cookies? (are|is|have been|file)?.{0,20}(no longer valid|rotated|expired|invalid|malformed)"
            r"|\b(load|decrypt|parse|read|find|extract) .{0,30}cookie|netscape format|could not .{0,20}cookie"
            r"|^(fresh )?cookies (\(not|are needed)|refresh your cookies|from your browser|in browser and try again",
        ),
        # -- the site wants a pause, or fails now
        (
            "throttled",
            r"not a (ro)?bot|suspected as a bot|captcha|rate.?limit|too many requests|error 429|try again later\."
            r"? the current session|ip (address )?(is )?(likely |has been |been )*(being )?(blocked|banned|unable)"
            r"|requests? (is|are|has been|was) (automated|blocked by server|rejected)|unusual traffic"
            r"|considered .{0,30}automated|reached (the|your) .{0,20}limit|exceeded the .{0,20}limit",
        ),
        # -- yt-dlp does not understand the site any more
        (
            "no-format",
            r"requested format (is )?not available|no (video )?formats (found|(are|were) available)|only images are available|formats? (may|might) be missing"
            r"|sabr|n challenge|nsig|signature (extraction|solving)|po.?token|page needs to be reloaded",
        ),
        (
            "site-broken",
            r"(not available|no longer supported|unavailable|not supported|not playable) (on|in) this "
            r"(app|device|application|client|version|browser)|latest version of youtube|update (the|your) app"
            r"|marked as broken|is broken\b|player response|latest version of yt-dlp",
        ),
        # -- the status of an answer
        (
            "data-refused",
            r"video data: .{0,40}error (40[13]|412)|error 416|fragment \d+ not found|downloaded file is empty",
        ),
        (
            "data-refused",
            r"error 403.{0,80}(fragment|giving up)|fragment.{0,60}error 403|did not get any data",
        ),
        (
            "site-broken",
            r"(api|player|json|tv|client config).{0,20}page: .{0,20}error 400|precondition check",
        ),
        ("video-unavailable", r"error (40[0-6]|41[0-8])\b"),
        ("geo-blocked", r"error 451\b"),
        ("site-busy", r"error (408|42[0-9]|5\d\d)\b"),
        # -- this video
        (
            "geo-blocked",
            r"geo.?(restrict|block)|(blocked|restricted).{0,30}\b(country|region|territory)",
        ),
        (
            "geo-blocked",
            r"(available|licensed|playable|viewable|accessible|shown|watched|viewed|restricted|unavailable|blocked)"
            r"\b.{0,60}\b(countr(y|ies)|regions?|location|territor(y|ies)|area|taiwan|china|sweden|japan|korea"
            r"|language edition)\b",
        ),
        (
            "geo-blocked",
            r"(countr(y|ies)|regions?|territor(y|ies)) (is|are) (not|blocked)|\blicensing restrict"
            r"|(only|not) available in (?!(this|the|any|an?|hd|4k|high|low)\b)",
        ),
        ("protected", r"\bdrm\b|widevine|playready|fairplay"),
        (
            "age-restricted",
            r"confirm your age|age.?(restrict|verif|gate|limit)|inappropriate for some|adult verif|older than \d+"
            r"|\bnsf[wl]\b|sensitive content|mature (content|audience)|after (20|22):00",
        ),
        (
            "password",
            r"(video.?|protected (by|with) (a )?|wrong |incorrect |invalid )pass(word|code)|pass(word|code).protected",
        ),
        (
            "payment",
            r"pay(ment|wall|ing|-per-view| for)\b|\bpaid\b|purchase|\brent(al|ed)?\b|premium|subscri(be|ber|bers|ption)\b"
            r"|\bvip\b|\btickets?\b|\bcoins?\b|not free|supporter|\bbuy\b|tv provider|cable service",
        ),
        (
            "private",
            r"\bprivate\b|privacy|members?.only|join this channel|for members|channel's members|(is|are) locked\b"
            r"|only available to .{0,30}(members|users|registered)",
        ),
        (
            "live",
            r"premiere|live ?stream|live (event|broadcast|has)|is (not )?live\b|offline|will (begin|start|be available)"
            r"|(has|have)? ?not (yet )?(started|begun|aired)|not (yet )?available yet|not yet (available|released|aired)"
            r"|scheduled (for|to|at)|upcoming|release date|has ended|was ended|show is over|not archived|broadcast no longer"
            r"|auto-playing|neither archive nor live",
        ),
        (
            "private",
            r"log(ged)?.?in\b|login|sign(ed)? in|account|authenticat|unauthorized|not authorized|permission|access to this"
            r"|registered users|username|do not have access|access (is )?denied|credentials|authoriz",
        ),
        ("too-large", r"file (is )?too large|errno 27\b"),
        (
            "video-unavailable",
            r"(still be )?(uploading|processing)\b|being processed|check back later|for violat|violat(es|ing)\b|copyright|cannot be (played|watched|viewed|embedded)",
        ),
        (
            "video-unavailable",
            r"other websites|embed(ding|ded)?.{0,40}(disabled|not allowed)|playback .{0,20}disabled|embed-only",
        ),
        # -- the site, in its own words
        (
            "site-busy",
            r"(try|check|come) (again|back)|incomplete (yt initial )?data received|temporar(y|ily)|server.side|internal (server )?error|bad gateway|service (is )?(currently )?unavailable|backend error"
            r"|overload|under maintenance|something went wrong|an? (unknown |network )?error (has )?occurred"
            r"|unexpected error|network error|empty (media )?response|please wait",
        ),
        (
            "network",
            r"timed? ?out|name resolution|could not resolve|record layer|assign requested address|getaddrinfo|name or service not known|connection|giving up|more expected|bytes, expected \d+"
            r"|reset by peer|unreachable|no route|remote end closed|incomplete ?read|broken pipe|content too short"
            r"|eof occurred|transport ?error|disconnected|network is|stall",
        ),
        (
            "video-unavailable",
            r"(video|content|clip|post|tweet|media|stream|playlist|program|episode|vod|song|track|event|page|it)?"
            r"\b.{0,30}\b(unavailable|not available|(in )?no longer (available|exists?)|not accessible|unreachable|inaccessible"
            r"|been (removed|deleted|terminated|taken down|suspended)|was (removed|deleted)|deleted|removed|expired"
            r"|does(n.t| not) exist|no longer exists|unplayable|isn.t available|closed)",
        ),
        (
            "video-unavailable",
            r"^(\[\w+\] [\w-]+: )?(the )?(channel|track|lecture|twitter space|show|clip|post|video|media|stream|episode|season)\b"
            r"(?!.*\b(id|data|information|element|page|api|url)\b).{0,40} (was )?not found",
        ),
        (
            "not-a-video",
            r"unsupported url|(not|n.t) a? ?(valid url|video|media file)|no (video|media|audio)s? ?(/audio|formats?|content|or animated"
            r"|could be|embeds?|entries|links|information|on|in|found|with|sources?)|there('s| is) no video"
            r"|no (downloads|suitable stream|active streams|source|episodes|chapters|such)\b"
            r"|(does|do)(n.t| not) (contain|have) an?y? ?(video|media|audio)|(contain|have) an?y? ?(video|audio|media)"
            r"|invalid url|no suitable extractor|looks truncated|no supported (media|formats)|plain image"
            r"|only video extraction is supported|is a list of videos|unusual and will be skipped|not supported and will not",
        ),
    )
)
# What yt-dlp says when it did not find what it looked for: its own text for unforeseen pages.
NOT_UNDERSTOOD: Final = re.compile(
    r"please report|^unsupported|unsuccessful|returned (an? )?(empty|error)|\bapi error|stream infos|unable to|failed to|fail(ed)? \(|could ?n.t|could not|cannot|can.?t |unexpected|unknown|unrecogni[sz]ed|missing"
    r"|invalid|not found|no .{0,40}(found|returned|token|id)|incomplete|did not|parse|regex|\bextract|keyerror|typeerror"
    r"|indexerror|attributeerror|nonetype|has no attribute|not subscriptable|out of range|to unpack|json|redirect|\bjs\b|token",
    re.IGNORECASE,
)
