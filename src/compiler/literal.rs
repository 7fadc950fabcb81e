//! The text that a Haskell string literal stands for.

use std::borrow::Cow;

/// The text that a string literal (with its quotes) stands for.
pub(crate) fn string_value(literal: &str) -> Cow<'_, str> {
    let quotes = if literal.starts_with("\"\"\"") { 3 } else { 1 };
    let inner = literal.get(quotes..literal.len().saturating_sub(quotes)).unwrap_or_default();
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut value = String::new();
    let mut rest = inner;
    while let Some(slash) = rest.find('\\') {
        value.push_str(&rest[..slash]);
        rest = escape(&rest[slash + 1..], &mut value);
    }
    value.push_str(rest);
    Cow::Owned(value)
}

/// The names of the control characters, by their codes from 0.
const CONTROL_NAMES: &str = "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB \
    CAN EM SUB ESC FS GS RS US SP";

/// The control character whose name `rest` begins with (of `SO` and `SOH` the longer), and what follows.
fn control_character(rest: &str) -> Option<(char, &str)> {
    let names = (0..).zip(CONTROL_NAMES.split_whitespace()).chain([(127, "DEL")]);
    let (code, name) = names.filter(|(_, name)| rest.starts_with(name)).max_by_key(|(_, name)| name.len())?;
    Some((char::from(code), &rest[name.len()..]))
}

/// Decodes the escape that follows a backslash into `value`; returns what follows it.
fn escape<'a>(rest: &'a str, value: &mut String) -> &'a str {
    let Some(first) = rest.chars().next() else { return rest };
    let after = &rest[first.len_utf8()..];
    let numeric = |digits: &'a str, radix: u32, value: &mut String| {
        let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        value.extend(u32::from_str_radix(&digits[..end], radix).ok().and_then(char::from_u32));
        &digits[end..]
    };
    if first.is_whitespace() {
        return after.trim_start().strip_prefix('\\').unwrap_or(after);
    }
    if let Some((control, rest)) = control_character(rest) {
        value.push(control);
        return rest;
    }
    match first {
        '0'..='9' => return numeric(rest, 10, value),
        'o' => return numeric(after, 8, value),
        'x' | 'X' => return numeric(after, 16, value),
        '^' => {
            let control = after.bytes().next().unwrap_or(b'@');
            value.push(char::from(control & 0x1f));
            return after.get(1..).unwrap_or_default();
        }
        '&' => {}
        'a' => value.push('\u{7}'),
        'b' => value.push('\u{8}'),
        'f' => value.push('\u{c}'),
        'n' => value.push('\n'),
        'r' => value.push('\r'),
        't' => value.push('\t'),
        'v' => value.push('\u{b}'),
        other => value.push(other),
    }
    after
}

#[cfg(test)]
mod tests {
    use super::string_value;

    #[test]
    fn string_escapes_are_decoded() {
        assert_eq!(string_value(r#""a\n\955\x3bb\o101\SOH\^A\&\"\\""#), "a\nλλA\u{1}\u{1}\"\\");
        assert_eq!(string_value("\"a\\  \n  \\b\""), "ab");
        assert_eq!(string_value("\"plain\""), "plain");
    }
}
