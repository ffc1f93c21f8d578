//! 问题: what the interface answers where it does not do something (RFC 9457), with what to do, in both languages. No
//! text repeats what was sent, which may be a number of a person in the wrong place.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use doudi_store::StoreError;
use serde_json::{Value, json};

/// Media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Seconds after which something that was too much may be tried again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("60");

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// No token came, or not in the way it must.
    NoToken,
    /// The token is none, has run out, or was shut: which of these is not told.
    BadToken,
    /// A token stands in the address.
    TokenInAddress,
    /// The sender and the proxy do not speak HTTPS.
    PlainHttp,
    /// The token is not good for this.
    WrongScope,
    /// The token is not good for this area.
    WrongArea,
    /// Too many requests of one service, or too many files at once.
    TooMany,
    /// No such feed.
    NoFeed,
    /// No such thing, or somebody else's.
    NotFound,
    /// The address takes another method.
    WrongMethod,
    /// A parameter is missing, twice there, unknown or not of its form.
    BadParameter,
    /// The month has not begun.
    Future,
    /// No such division here.
    NoDivision,
    /// The `Idempotency-Key` is not of its form.
    BadKey,
    /// The `Idempotency-Key` stands for another file.
    KeyReused,
    /// The file is not of the feed's media type.
    WrongType,
    /// There is no content.
    Empty,
    /// The file is too large.
    TooLarge,
    /// The file came too slowly.
    TooSlow,
    /// Too much of this service waits for a person.
    InboxFull,
    /// The request cannot be read.
    Unreadable,
    /// A fault of ours.
    Internal,
}

/// Code, status, title and what to do in Chinese, the same in English.
struct Said(&'static str, StatusCode, [&'static str; 2], [&'static str; 2]);

impl Problem {
    /// All.
    pub const ALL: [Self; 22] = [
        Self::NoToken,
        Self::BadToken,
        Self::TokenInAddress,
        Self::PlainHttp,
        Self::WrongScope,
        Self::WrongArea,
        Self::TooMany,
        Self::NoFeed,
        Self::NotFound,
        Self::WrongMethod,
        Self::BadParameter,
        Self::Future,
        Self::NoDivision,
        Self::BadKey,
        Self::KeyReused,
        Self::WrongType,
        Self::Empty,
        Self::TooLarge,
        Self::TooSlow,
        Self::InboxFull,
        Self::Unreadable,
        Self::Internal,
    ];

    /// A failure of store or law: told to the operator's error output, not to the sender.
    pub fn internal(error: &impl std::fmt::Display) -> Self {
        eprintln!("doudi web: {error}");
        Self::Internal
    }

    /// A word for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.said().0
    }

    /// The status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        self.said().1
    }

    /// The problem as it is sent.
    #[must_use]
    pub fn document(self) -> Value {
        let Said(code, status, [title_zh, detail_zh], [title, detail]) = self.said();
        json!({
            "type": format!("/api/v1/openapi.json#/x-problems/{code}"),
            "status": status.as_u16(),
            "code": code,
            "title": title,
            "detail": detail,
            "title_zh": title_zh,
            "detail_zh": detail_zh,
        })
    }

    fn said(self) -> Said {
        use StatusCode as S;
        match self {
            Self::NoToken => Said(
                "no-token",
                S::UNAUTHORIZED,
                [
                    "没有令牌",
                    "请在请求头里写 Authorization: Bearer 和令牌；令牌由当地管理员用 doudi service add 发放。",
                ],
                [
                    "There is no token",
                    "Send the header Authorization: Bearer with your token; the administrator gives it out with doudi service add.",
                ],
            ),
            Self::BadToken => Said(
                "bad-token",
                S::UNAUTHORIZED,
                [
                    "令牌无效",
                    "它不存在、已到期或已停用。请核对令牌；需要时请当地管理员用 doudi service renew 换发。",
                ],
                [
                    "The token is not valid",
                    "It is unknown, has run out or was shut. Check it; if need be ask the administrator for a new one (doudi service renew).",
                ],
            ),
            Self::TokenInAddress => Said(
                "token-in-address",
                S::BAD_REQUEST,
                [
                    "地址里有令牌",
                    "地址会留在沿途的日志里，这个令牌请视为已泄露：请管理员用 doudi service renew 换发，以后只写在 Authorization 请求头里。",
                ],
                [
                    "A token stands in the address",
                    "Addresses stay in logs on the way. Treat this token as known to others: have it renewed (doudi service renew), and send it in the header Authorization only.",
                ],
            ),
            Self::PlainHttp => Said(
                "plain-http",
                S::BAD_REQUEST,
                ["没有用 HTTPS", "令牌和文件不能明文传送。请改用 https:// 地址；这个令牌请管理员换发。"],
                [
                    "This is not HTTPS",
                    "Tokens and files do not travel in the clear. Use the https:// address, and have this token renewed.",
                ],
            ),
            Self::WrongScope => Said(
                "wrong-scope",
                S::FORBIDDEN,
                ["令牌不能用于此事", "请核对数据项编号；需要增加权限时请当地管理员另发令牌。"],
                [
                    "The token is not good for this",
                    "Check the id of the feed; if you need more, ask the administrator for another token.",
                ],
            ),
            Self::WrongArea => Said(
                "wrong-area",
                S::FORBIDDEN,
                ["区划不在令牌的范围内", "请核对 division；其他地方的文件请用那里发放的令牌。"],
                [
                    "The division lies outside the token's area",
                    "Check `division`; a file about another place goes with the token of that place.",
                ],
            ),
            Self::TooMany => Said(
                "too-many",
                S::TOO_MANY_REQUESTS,
                ["请求太多", "请等 Retry-After 所写的秒数再试；同一份文件可以放心重发，不会重复。"],
                [
                    "Too many requests",
                    "Wait for the seconds of Retry-After, then try again; the same file can be sent again and counts once.",
                ],
            ),
            Self::NoFeed => Said(
                "no-feed",
                S::NOT_FOUND,
                ["没有这个数据项", "数据项编号见 /api/v1/openapi.json。"],
                ["There is no such feed", "The ids of the feeds stand in /api/v1/openapi.json."],
            ),
            Self::NotFound => Said(
                "not-found",
                S::NOT_FOUND,
                ["没有找到", "请核对地址和编号；回执只给报送它的接口看。"],
                [
                    "Not found",
                    "Check address and number; a receipt is shown only to the service that sent the file.",
                ],
            ),
            Self::WrongMethod => Said(
                "wrong-method",
                S::METHOD_NOT_ALLOWED,
                ["这个地址不这样用", "可用的方法见 Allow 响应头和 /api/v1/openapi.json。"],
                ["The address takes another method", "The header Allow and /api/v1/openapi.json say which."],
            ),
            Self::BadParameter => Said(
                "bad-parameter",
                S::BAD_REQUEST,
                [
                    "参数不对",
                    "period 必填，写作 2024-05；division 可省，是 2、4、6、9 或 12 位数字；各写一次，不要有别的参数。",
                ],
                [
                    "A parameter is not right",
                    "`period` is needed, such as 2024-05; `division` may be left out and has 2, 4, 6, 9 or 12 digits; each comes once, and nothing else.",
                ],
            ),
            Self::Future => Said(
                "future",
                S::BAD_REQUEST,
                ["这个月还没有开始", "请核对 period。"],
                ["The month has not begun", "Check `period`."],
            ),
            Self::NoDivision => Said(
                "no-division",
                S::BAD_REQUEST,
                ["这里没有这个区划", "请核对 division；新区划请当地管理员先导入区划登记。"],
                [
                    "There is no such division here",
                    "Check `division`; a new one is imported by the administrator first.",
                ],
            ),
            Self::BadKey => Said(
                "bad-key",
                S::BAD_REQUEST,
                [
                    "Idempotency-Key 不对",
                    "写一次，1 到 128 个可见的 ASCII 字符，不要放个人信息；也可以不写。",
                ],
                [
                    "The Idempotency-Key is not right",
                    "It comes once, has 1 to 128 visible ASCII characters and nothing about a person; it may be left out.",
                ],
            ),
            Self::KeyReused => Said(
                "key-reused",
                S::UNPROCESSABLE_ENTITY,
                ["Idempotency-Key 已用于另一份文件", "重发同一份文件用原来的值；新的文件换一个值。"],
                [
                    "The Idempotency-Key stands for another file",
                    "Use the same key for the same file, and a new one for a new file.",
                ],
            ),
            Self::WrongType => Said(
                "wrong-type",
                S::UNSUPPORTED_MEDIA_TYPE,
                [
                    "文件类型与约定不符",
                    "CSV 用 Content-Type: text/csv，工作簿用 XLSX 的类型，以数据项的约定为准；不要压缩（Content-Encoding）。",
                ],
                [
                    "The file is not of the feed's type",
                    "Content-Type is text/csv or that of XLSX, as the feed's contract says; do not compress it (Content-Encoding).",
                ],
            ),
            Self::Empty => Said(
                "empty",
                S::BAD_REQUEST,
                ["没有内容", "请把文件原样放在请求体里。"],
                ["There is no content", "Send the file as it is as the body of the request."],
            ),
            Self::TooLarge => Said(
                "too-large",
                S::PAYLOAD_TOO_LARGE,
                [
                    "文件太大",
                    "上限 32 MiB。请核对文件；确实更大的，请交当地管理员用 doudi import feed 导入。",
                ],
                [
                    "The file is too large",
                    "32 MiB is the most. Check it; one that really is larger goes to the administrator, who imports it (doudi import feed).",
                ],
            ),
            Self::TooSlow => Said(
                "too-slow",
                S::REQUEST_TIMEOUT,
                ["文件传得太慢", "一分钟内没有传完，什么都没有收下。请检查线路后重发。"],
                [
                    "The file came too slowly",
                    "It had not come within a minute and nothing was kept. Check the line, then send it again.",
                ],
            ),
            Self::InboxFull => Said(
                "inbox-full",
                S::CONFLICT,
                ["待处理的文件太多", "请等当地工作人员处理完已报送的文件再报；可用回执地址查看进度。"],
                [
                    "Too much waits already",
                    "Wait until the office has gone through what you sent; the receipts tell how far it is.",
                ],
            ),
            Self::Unreadable => Said(
                "unreadable",
                S::BAD_REQUEST,
                ["请求读不懂", "请按 /api/v1/openapi.json 重新发送；没有收下任何内容。"],
                [
                    "The request cannot be read",
                    "Send it again as /api/v1/openapi.json says; nothing was kept.",
                ],
            ),
            Self::Internal => Said(
                "internal",
                S::INTERNAL_SERVER_ERROR,
                ["程序出错", "不是您的错，没有收下一半的内容。请稍后重试；再不行，请把时间告诉当地管理员。"],
                [
                    "A fault of ours",
                    "It is not your fault, and nothing was kept by halves. Try again later; then tell the administrator the time.",
                ],
            ),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.document().to_string()).into_response();
        response.extensions_mut().insert(self);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        match self {
            Self::NoToken => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"doudi\""));
            }
            Self::BadToken => {
                let value = "Bearer realm=\"doudi\", error=\"invalid_token\"";
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(value));
            }
            Self::TooMany => {
                headers.insert(header::RETRY_AFTER, RETRY_AFTER);
            }
            _ => {}
        }
        response
    }
}
