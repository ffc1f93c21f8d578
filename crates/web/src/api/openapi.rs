//! 接口说明: OpenAPI 3.1, made from the lines of the route table, the feeds and the problems that the code knows, so that
//! it cannot promise what is not served.

use serde_json::{Map, Value, json};

use super::Feed;
use super::deliveries::{MOST_BYTES, media_types};
use super::problem::{MEDIA_TYPE, Problem};
use crate::routes::{Line, Verb, Who, lines};

/// What the description says of a line beyond what the table says.
struct Words {
    id: &'static str,
    summary: [&'static str; 2],
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: Vec<(u16, Value)>,
    problems: &'static [Problem],
}

/// What every line behind a token may answer.
const GATED: &[Problem] = &[
    Problem::TokenInAddress,
    Problem::PlainHttp,
    Problem::BadParameter,
    Problem::NoToken,
    Problem::BadToken,
    Problem::WrongScope,
    Problem::WrongArea,
    Problem::TooMany,
    Problem::Internal,
];
/// What every open line may answer.
const OPEN: &[Problem] = &[Problem::TokenInAddress, Problem::Internal];

/// The whole description.
#[must_use]
pub fn document(feeds: &[Feed]) -> Value {
    let mut paths = Map::new();
    for line in lines().iter().filter(|line| super::is_ours(line.path)) {
        let Some(words) = words(line, feeds) else { continue };
        let verb = if line.verb == Verb::Get { "get" } else { "post" };
        let path = paths.entry(line.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(verb.to_owned(), operation(line, words));
        }
    }
    let problems: Map<String, Value> =
        Problem::ALL.iter().map(|p| (p.code().to_owned(), p.document())).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "兜底 doudi：部门接口 / interfaces of departments",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "部门报送文件并查看回执。这里查不到任何家庭的信息；文件要由工作人员看过预览才会接收。\n\nDepartments deliver files and read receipts. Nothing about a family can be read here, and no file is accepted before a person has seen its preview.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "doudi service add … 发放的令牌 / a token of doudi service add …",
                },
            },
            "schemas": { "Receipt": receipt(feeds), "Problem": problem(), "Health": health() },
        },
        "x-problems": problems,
    })
}

fn operation(line: &Line, words: Words) -> Value {
    let gated = matches!(line.who, Who::Service(_));
    let mut answers = Map::new();
    for (status, answer) in words.answers {
        answers.insert(status.to_string(), answer);
    }
    let base = if gated { GATED } else { OPEN };
    let mut by_status: std::collections::BTreeMap<u16, Vec<&'static str>> = std::collections::BTreeMap::new();
    for problem in base.iter().chain(words.problems) {
        by_status.entry(problem.status().as_u16()).or_default().push(problem.code());
    }
    for (status, codes) in by_status {
        answers.insert(
            status.to_string(),
            json!({
                "description": codes.join(", "),
                "content": { MEDIA_TYPE: { "schema": { "$ref": "#/components/schemas/Problem" } } },
            }),
        );
    }
    let [zh, en] = words.summary;
    let mut out = json!({
        "operationId": words.id,
        "summary": format!("{zh} / {en}"),
        "parameters": words.parameters,
        "responses": answers,
        "security": if gated { json!([{ "token": [] }]) } else { json!([]) },
    });
    if let (Some(body), Some(map)) = (words.body, out.as_object_mut()) {
        map.insert("requestBody".to_owned(), body);
    }
    if let (Who::Service(scope), Some(map)) = (line.who, out.as_object_mut()) {
        map.insert("x-scope".to_owned(), scope.into());
    }
    out
}

fn words(line: &Line, feeds: &[Feed]) -> Option<Words> {
    let answer = |description: &str, schema: &str| {
        json!({
            "description": description,
            "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{schema}") } } },
        })
    };
    Some(match (line.verb, line.path) {
        (Verb::Get, "/api/v1/health") => Words {
            id: "health",
            summary: ["程序和数据库是否应答", "whether program and database answer"],
            parameters: Vec::new(),
            body: None,
            answers: vec![(200, answer("在运行 / running", "Health"))],
            problems: &[],
        },
        (Verb::Get, "/api/v1/openapi.json") => Words {
            id: "openapi",
            summary: ["本说明", "this description"],
            parameters: Vec::new(),
            body: None,
            answers: vec![(
                200,
                json!({
                    "description": "OpenAPI 3.1",
                    "content": { "application/json": { "schema": { "type": "object", "required": ["openapi", "paths"] } } },
                }),
            )],
            problems: &[],
        },
        (Verb::Post, "/api/v1/feeds/{feed}/deliveries") => Words {
            id: "deliver",
            summary: ["报送一份部门文件", "deliver a department file"],
            parameters: delivery_parameters(feeds),
            body: Some(delivery_body(feeds)),
            answers: vec![
                (201, received("已收下，等工作人员处理 / received, waits for a person")),
                (200, received("同一份文件以前收到过：同一份回执 / received before: the same receipt")),
            ],
            problems: &[
                Problem::NoFeed,
                Problem::Future,
                Problem::NoDivision,
                Problem::BadKey,
                Problem::KeyReused,
                Problem::WrongType,
                Problem::Empty,
                Problem::TooLarge,
                Problem::TooSlow,
                Problem::InboxFull,
                Problem::Unreadable,
            ],
        },
        (Verb::Get, "/api/v1/deliveries/{id}") => Words {
            id: "receipt",
            summary: ["自己报送的文件现在怎样", "what became of a file that this service sent"],
            parameters: vec![json!({
                "name": "id", "in": "path", "required": true,
                "description": "回执编号 / number of the receipt",
                "schema": { "type": "integer", "format": "int64", "minimum": 1 },
            })],
            body: None,
            answers: vec![(200, answer("回执 / receipt", "Receipt"))],
            problems: &[Problem::NotFound, Problem::Unreadable],
        },
        _ => return None,
    })
}

fn received(description: &str) -> Value {
    json!({
        "description": description,
        "headers": { "Location": { "description": "回执地址 / address of the receipt", "schema": { "type": "string" } } },
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Receipt" } } },
        "links": { "receipt": { "operationId": "receipt", "parameters": { "id": "$response.body#/id" } } },
    })
}

fn delivery_parameters(feeds: &[Feed]) -> Vec<Value> {
    let told: Vec<String> =
        feeds.iter().map(|f| format!("- `{}`: {} / {} (`{}`)", f.id, f.zh, f.en, f.media_type())).collect();
    vec![
        json!({
            "name": "feed", "in": "path", "required": true,
            "description": format!("数据项 / feed:\n{}", told.join("\n")),
            "schema": { "type": "string", "enum": ids(feeds) },
        }),
        json!({
            "name": "period", "in": "query", "required": true,
            "description": "文件说的月份 / the month that the file is about",
            "schema": { "type": "string", "pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$", "examples": ["2024-05"] },
        }),
        json!({
            "name": "division", "in": "query", "required": false,
            "description": "文件说的区划，应在令牌的范围内；不写就是令牌的区划 / the area that the file is about, inside the token's; without it the token's own",
            "schema": { "type": "string", "pattern": "^[0-9]{2}([0-9]{2}([0-9]{2}([0-9]{3}([0-9]{3})?)?)?)?$" },
        }),
        json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "同一份文件重发时相同的值，不放个人信息 / the same value for the same file, nothing about a person",
            "schema": { "type": "string", "pattern": "^[!-~]{1,128}$" },
        }),
    ]
}

fn delivery_body(feeds: &[Feed]) -> Value {
    let content: Map<String, Value> = media_types(feeds)
        .into_iter()
        .map(|media| (media.to_owned(), json!({ "schema": { "type": "string", "format": "binary" } })))
        .collect();
    json!({
        "required": true,
        "description": format!(
            "文件原样，最大 {0} 字节，类型以数据项的约定为准 / the file as it is, at most {0} bytes, of the type that its feed takes",
            MOST_BYTES
        ),
        "content": content,
    })
}

fn ids(feeds: &[Feed]) -> Vec<&str> {
    feeds.iter().map(|f| f.id.as_str()).collect()
}

fn receipt(feeds: &[Feed]) -> Value {
    let count = json!({ "type": ["integer", "null"], "minimum": 0 });
    let properties = json!({
        "id": { "type": "integer", "minimum": 1 },
        "feed": { "type": "string", "enum": ids(feeds) },
        "period": { "type": "string", "pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$" },
        "division": { "type": "string", "pattern": "^[0-9]{2,12}$" },
        "sha256": { "type": "string", "pattern": "^[0-9a-f]{64}$", "description": "文件的摘要，可与自己的对照 / of the file, to be compared with your own" },
        "bytes": { "type": "integer", "minimum": 1 },
        "state": { "type": "string", "enum": ["waiting", "accepted", "rejected"] },
        "received_at": { "type": "string", "format": "date-time" },
        "settled_at": { "type": ["string", "null"], "format": "date-time" },
        "rows": count,
        "accepted": count,
        "quarantined": count,
        "repeated": count,
        "reasons": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["code", "rows", "lines", "zh", "en"],
                "properties": {
                    "code": { "type": "string" },
                    "rows": { "type": "integer", "minimum": 0, "description": "0：对整个文件 / 0: of the whole file" },
                    "lines": { "type": "array", "items": { "type": "integer", "minimum": 1 } },
                    "zh": { "type": "string" },
                    "en": { "type": "string" },
                },
            },
        },
    });
    closed(properties)
}

fn problem() -> Value {
    closed(json!({
        "type": { "type": "string", "format": "uri-reference" },
        "status": { "type": "integer", "minimum": 400, "maximum": 599 },
        "code": { "type": "string", "enum": Problem::ALL.map(Problem::code) },
        "title": { "type": "string" },
        "detail": { "type": "string" },
        "title_zh": { "type": "string" },
        "detail_zh": { "type": "string" },
    }))
}

fn health() -> Value {
    closed(json!({ "status": { "type": "string", "enum": ["ok"] }, "version": { "type": "string" } }))
}

/// An object with exactly these properties.
fn closed(properties: Value) -> Value {
    let required: Vec<String> =
        properties.as_object().map(|p| p.keys().cloned().collect()).unwrap_or_default();
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}
