//! Haddock comments: the text that stands before a declaration.
//!
//! Read from lines, since the lexer drops comments: `-- |` with the `--` lines below it, or `{-| … -}`.

/// The documentation that ends right above the line of offset `at`, without its markers.
pub(crate) fn doc_before(text: &str, at: usize) -> Option<String> {
    let begin = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let above: Vec<&str> = text[..begin].lines().map(str::trim).collect();
    let last = above.last()?;
    let doc = if last.ends_with("-}") { block(&above) } else { lines(&above) }?;
    let doc = doc.trim();
    (!doc.is_empty()).then(|| doc.to_owned())
}

fn lines(above: &[&str]) -> Option<String> {
    let comments = above.iter().rev().take_while(|line| line.starts_with("--"));
    let mut found = Vec::new();
    for line in comments {
        let line = line.trim_start_matches('-').trim_start();
        if let Some(first) = line.strip_prefix('|') {
            found.push(first.trim_start());
            found.reverse();
            return Some(found.join("\n"));
        }
        found.push(line);
    }
    None
}

fn block(above: &[&str]) -> Option<String> {
    let begin = above.iter().rposition(|line| line.starts_with("{-"))?;
    let whole = above[begin..].join("\n");
    let inner = whole.strip_prefix("{-")?.trim_start().strip_prefix('|')?.strip_suffix("-}")?;
    (!inner.contains("-}")).then(|| inner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::doc_before;

    fn doc(text: &str) -> Option<String> {
        doc_before(text, text.find("f ::").unwrap())
    }

    #[test]
    fn comments_with_a_bar_are_documentation() {
        assert_eq!(doc("x = 1\n-- | Adds one.\n-- To all.\nf :: Int").unwrap(), "Adds one.\nTo all.");
        assert_eq!(doc("{- | Adds\n   one. -}\nf :: Int").unwrap(), "Adds\none.");
        assert_eq!(doc("{-| Adds one. -}\nf :: Int").unwrap(), "Adds one.");
        assert_eq!(doc("  --| Adds\n  f :: Int").unwrap(), "Adds");
    }

    #[test]
    fn other_comments_and_distant_ones_are_none() {
        assert_eq!(doc("-- Adds one.\nf :: Int"), None);
        assert_eq!(doc("-- | Of the module.\n\nf :: Int"), None);
        assert_eq!(doc("{- Adds one. -}\nf :: Int"), None);
        assert_eq!(doc("-- |\nf :: Int"), None);
        assert_eq!(doc("f :: Int"), None);
    }
}
