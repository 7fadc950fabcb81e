//! GHC's symbols as Haskell names: `Main_zdwfib_info` is `Main.$wfib`.
//!
//! The encoding is GHC's z-encoding (`GHC.Utils.Encoding`): `z` and `Z` introduce an escape, all else is itself.

/// Decodes z-encoding. What is not well-formed stays as it is.
pub fn decode(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['z', 'Z']) {
        out.push_str(&rest[..at]);
        let escape = &rest[at..];
        if let Some((decoded, length)) = escaped(escape) {
            out.push_str(&decoded);
            rest = &escape[length..];
        } else {
            out.push_str(&escape[..1]);
            rest = &escape[1..];
        }
    }
    out + rest
}

fn escaped(text: &str) -> Option<(String, usize)> {
    let two = text.get(..2)?;
    let plain = match two {
        "ZL" => "(",
        "ZR" => ")",
        "ZM" => "[",
        "ZN" => "]",
        "ZC" => ":",
        "ZZ" => "Z",
        "zz" => "z",
        "za" => "&",
        "zb" => "|",
        "zc" => "^",
        "zd" => "$",
        "ze" => "=",
        "zg" => ">",
        "zh" => "#",
        "zi" => ".",
        "zl" => "<",
        "zm" => "-",
        "zn" => "!",
        "zp" => "+",
        "zq" => "'",
        "zr" => "\\",
        "zs" => "/",
        "zt" => "*",
        "zu" => "_",
        "zv" => "%",
        _ => "",
    };
    if !plain.is_empty() {
        return Some((plain.to_owned(), 2));
    }
    let digits = text[1..].find(|c: char| !c.is_ascii_hexdigit())?;
    let (number, end) = (&text[1..=digits], digits + 2);
    match (&text[..1], text.as_bytes().get(digits + 1)?) {
        ("z", b'U') if number.starts_with(|c: char| c.is_ascii_digit()) => {
            Some((char::from_u32(u32::from_str_radix(number, 16).ok()?)?.to_string(), end))
        }
        ("Z", b'T') => {
            Some((format!("({})", ",".repeat(number.parse::<usize>().ok()?.checked_sub(1)?)), end))
        }
        ("Z", b'H') => {
            Some((format!("(#{}#)", ",".repeat(number.parse::<usize>().ok()?.saturating_sub(1))), end))
        }
        _ => None,
    }
}

/// The Haskell name behind a symbol of GHC's, or the symbol itself where it is not GHC's.
pub fn symbol(text: &str) -> String {
    const SUFFIXES: [&str; 7] = ["_info", "_entry", "_closure", "_con_info", "_ret", "_slow", "_fast"];
    let Some(stem) = SUFFIXES.iter().find_map(|suffix| text.strip_suffix(suffix)) else {
        return text.to_owned();
    };
    let mut parts = stem.split('_');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<_> = parts.collect();
    // unit_Module_name, or Module_name for the unit `main`, or a local label.
    let name = match rest.as_slice() {
        [] => return text.to_owned(),
        [module, name, ..] if module.starts_with(|c: char| c.is_ascii_uppercase()) => {
            format!("{module}.{name}")
        }
        [name, ..] => format!("{first}.{name}"),
    };
    decode(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded() {
        assert_eq!(decode("GHCziBase"), "GHC.Base");
        assert_eq!(decode("zdwfib"), "$wfib");
        assert_eq!(decode("Z3T"), "(,,)");
        assert_eq!(decode("z3bbU"), "λ");
        assert_eq!(decode("ZCZMZN"), ":[]");
        assert_eq!(decode("fuzz"), "fuz");
        assert_eq!(decode("z"), "z");
    }

    #[test]
    fn symbols_become_names() {
        assert_eq!(symbol("Main_zdwfib_info"), "Main.$wfib");
        assert_eq!(symbol("base_GHCziList_errorEmptyList_info"), "GHC.List.errorEmptyList");
        assert_eq!(symbol("rts_evalLazzyIO"), "rts_evalLazzyIO");
    }
}
