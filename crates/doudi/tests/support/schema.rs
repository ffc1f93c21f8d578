//! The part of JSON Schema that `docs/reference/` uses.

use serde_json::Value;

/// Where a value does not fit a schema; empty where it fits.
pub(crate) fn misfits(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "$", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let known = [
        "$schema",
        "$defs",
        "$ref",
        "title",
        "description",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "minItems",
        "maxItems",
        "enum",
        "const",
        "pattern",
        "anyOf",
        "minimum",
    ];
    let schema = match schema.get("$ref").and_then(Value::as_str) {
        Some(name) => &root["$defs"][name.strip_prefix("#/$defs/").unwrap()],
        None => schema,
    };
    for key in schema.as_object().unwrap().keys() {
        assert!(known.contains(&key.as_str()), "the schema uses `{key}`, which this check does not know");
    }
    if let Some(any) = schema.get("anyOf").and_then(Value::as_array) {
        let fits = any.iter().any(|one| {
            let mut own = Vec::new();
            check(root, one, value, at, &mut own);
            own.is_empty()
        });
        if !fits {
            found.push(format!("{at}: {value} fits none of {any:?}"));
        }
        return;
    }
    let kind = schema.get("type").and_then(Value::as_str);
    let fits = match kind {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        other => other.is_none(),
    };
    if !fits {
        found.push(format!("{at}: {value} is no {}", kind.unwrap()));
        return;
    }
    if schema.get("const").is_some_and(|constant| constant != value) {
        found.push(format!("{at}: {value}"));
    }
    if schema
        .get("minimum")
        .and_then(Value::as_i64)
        .is_some_and(|least| value.as_i64().is_some_and(|n| n < least))
    {
        found.push(format!("{at}: {value} is too small"));
    }
    if schema.get("enum").and_then(Value::as_array).is_some_and(|all| !all.contains(value)) {
        found.push(format!("{at}: {value} is none of the words"));
    }
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
        && !matches(pattern, value.as_str().unwrap())
    {
        found.push(format!("{at}: {value} does not match {pattern}"));
    }
    if let Some(items) = value.as_array() {
        let limit = |key: &str| schema.get(key).and_then(Value::as_u64);
        let n = items.len() as u64;
        if limit("minItems").is_some_and(|least| n < least) || limit("maxItems").is_some_and(|most| n > most)
        {
            found.push(format!("{at}: {n} items"));
        }
        for (i, item) in items.iter().enumerate() {
            check(root, &schema["items"], item, &format!("{at}[{i}]"), found);
        }
    }
    if let Some(object) = value.as_object() {
        for required in schema["required"].as_array().unwrap() {
            if !object.contains_key(required.as_str().unwrap()) {
                found.push(format!("{at}: {required} is missing"));
            }
        }
        for (key, value) in object {
            match schema["properties"].get(key) {
                Some(schema) => check(root, schema, value, &format!("{at}.{key}"), found),
                None => found.push(format!("{at}: `{key}` is not in the schema")),
            }
        }
    }
}

/// Patterns such as `^[0-9]{4}-[0-9]{2}$`: classes with a count, and plain characters.
fn matches(pattern: &str, text: &str) -> bool {
    let mut rest: Vec<char> = text.chars().collect();
    let mut pattern = pattern.strip_prefix('^').unwrap().strip_suffix('$').unwrap();
    while !pattern.is_empty() {
        let (class, count, next) = match pattern.strip_prefix('[') {
            Some(tail) => {
                let (class, tail) = tail.split_once("]{").unwrap();
                let (count, tail) = tail.split_once('}').unwrap();
                (class, count.parse().unwrap(), tail)
            }
            None => (&pattern[..1], 1, &pattern[1..]),
        };
        for _ in 0..count {
            let fits = rest.first().is_some_and(|c| match class {
                "0-9" => c.is_ascii_digit(),
                "0-9a-f" => c.is_ascii_hexdigit() && !c.is_ascii_uppercase(),
                plain => plain.starts_with(*c),
            });
            if !fits {
                return false;
            }
            rest.remove(0);
        }
        pattern = next;
    }
    rest.is_empty()
}
