"""The page that asks for a key: plain, bilingual, without a script."""

from __future__ import annotations

from html import escape

from starlette.responses import Response

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'self'; "
    "base-uri 'none'"
)

_STYLE = """
body{font:16px/1.6 system-ui,"Microsoft YaHei","PingFang SC",sans-serif;margin:0}
body{min-height:100vh;display:grid;place-items:center;background:#eef2f4;color:#1d2b33}
main{background:#fff;padding:2.5rem;border-radius:12px;box-shadow:0 8px 30px #1d2b3322}
main{width:min(26rem,88vw);box-sizing:border-box}
h1{font-size:1.35rem;margin:0 0 .3rem}p{margin:.2rem 0 1.2rem;color:#44545c}
label{display:block;font-weight:600;margin-bottom:.35rem}
input{font:15px ui-monospace,monospace;width:100%;box-sizing:border-box;padding:.7rem}
input{border:1px solid #9fb0b8;border-radius:8px}
input:focus,button:focus{outline:3px solid #3a86c855}
button{font:600 1rem system-ui,sans-serif;margin-top:1rem;width:100%;padding:.75rem;border:0}
button{border-radius:8px;background:#125e8a;color:#fff;cursor:pointer}
.wrong{color:#a3261b;font-weight:600}
"""

_FORM = """<form method=post action=/auth/sign-in>
<input type=hidden name=next value="{back}">
<label for=key>访问密钥 Access key</label>
<input id=key name=key type=password autocomplete=current-password required autofocus
 placeholder="twk_…">
<button>登录 Sign in</button></form>"""

_WRONG = (
    "<p class=wrong role=alert>密钥无效或已停用。<br>This key holds no longer, or never did.</p>"
)
_WAIT = (
    "<p class=wrong role=alert>尝试次数过多，请 {wait} 秒后再试。<br>"
    "Too many tries: try again in {wait} s.</p>"
)
_DONE = (
    "已登录。可以关闭本页，回到原来的页面继续。<br>"
    "You are signed in. Close this tab and go on where you were."
)
_NOT_DONE = (
    '还没有登录。<a href="/auth/sign-in?next=/auth/signed-in">登录</a><br>'
    'Not signed in yet. <a href="/auth/sign-in?next=/auth/signed-in">Sign in</a>'
)
_NO_FORM = "<p>此服务不在本页登录。<br>This server has no sign-in of its own on this page.</p>"


def sign_in_page(mode: str, back: str, *, wrong: bool = False, wait: int = 0) -> Response:
    """The page; 401 after a key that does not hold, 429 where another try must `wait` (seconds)."""
    inside = _FORM.format(back=escape(back, quote=True)) if mode == "keys" else _NO_FORM
    told = _WAIT.format(wait=wait) if wait else _WRONG if wrong else ""
    said = f"<p>城市体检 City checkup</p>{told}{inside}"
    page = _page("登录 Sign in", said, 429 if wait else 401 if wrong else 200)
    if wait:
        page.headers["retry-after"] = str(wait)
    return page


def signed_in_page(held: bool) -> Response:
    """The end of a sign-in in a tab of its own: the page that asked for it goes on by itself."""
    return _page("登录 Sign in", f"<p>{_DONE if held else _NOT_DONE}</p>", 200)


def _page(title: str, inside: str, status: int) -> Response:
    page = (
        "<!doctype html><html lang=zh-CN><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'>"
        f"<title>{title} · CIM Twin</title><style>{_STYLE}</style>"
        f"<main><h1>CIM Twin</h1>{inside}</main>"
    )
    headers = {
        "content-security-policy": POLICY, "cache-control": "no-store",
        "referrer-policy": "same-origin",  # with no-referrer browsers send `Origin: null`
    }  # fmt: skip
    return Response(page, status, headers, "text/html; charset=utf-8")
