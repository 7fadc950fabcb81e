//! Haskell's lexical syntax, as far as finding declarations needs it.
//!
//! A token carries its text and place; comments are gone, pragmas are kept. Literate sources are
//! turned into plain ones of the same lines and columns first ([`unlit`]). Nothing here is an error:
//! GHC judges the source, this reader only must not be led astray by what is inside strings,
//! comments, quasi-quotes and preprocessor lines.

/// What a [`Token`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A variable, constructor, module name or keyword, with its qualifiers.
    Name,
    /// A string literal with its quotes.
    String,
    /// A character or number.
    Literal,
    /// A run of operator characters.
    Symbol,
    /// One of `( ) [ ] { } , ;` and the backquote.
    Special,
    /// `{-# … #-}`.
    Pragma,
}

/// One lexeme of a source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    /// From 1.
    pub(crate) line: u32,
    /// From 1, in characters; a tab goes to the next multiple of eight, as in GHC.
    pub(crate) column: u32,
    /// Offset of the first byte.
    pub(crate) start: usize,
}

impl Token<'_> {
    /// Offset after the last byte.
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Line and column after the last character.
    pub(crate) fn end_place(&self) -> (u32, u32) {
        let count = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        match self.text.rsplit_once('\n') {
            Some((before, last)) => {
                let lines = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
                (self.line + u32::try_from(lines).unwrap_or(u32::MAX), 1 + count(last))
            }
            None => (self.line, self.column + count(self.text)),
        }
    }

    /// Whether this is the name or keyword `text`.
    pub(crate) fn is_name(&self, text: &str) -> bool {
        self.kind == Kind::Name && self.text == text
    }
}

/// The plain source of a literate one: code keeps its line and column, the rest becomes blank.
pub(crate) fn unlit(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut in_code = false;
    for line in text.lines() {
        if line.starts_with("\\begin{code}") || line.starts_with("\\end{code}") {
            in_code = line.starts_with("\\begin");
        } else if in_code || line.starts_with('#') {
            plain.push_str(line);
        } else if let Some(code) = line.strip_prefix('>') {
            plain.push(' ');
            plain.push_str(code);
        }
        plain.push('\n');
    }
    plain
}

/// All tokens of a source that is not literate.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { text, at: 0, line: 1, column: 1, quasi_quotes: text.contains("QuasiQuotes") };
    let mut tokens = Vec::new();
    while let Some(next) = lexer.peek() {
        let (start, line, column) = (lexer.at, lexer.line, lexer.column);
        if let Some(kind) = lexer.lexeme(next) {
            tokens.push(Token { kind, text: &text[start..lexer.at], line, column, start });
        }
    }
    tokens
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    column: u32,
    quasi_quotes: bool,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        match next {
            '\n' => (self.line, self.column) = (self.line + 1, 1),
            '\t' => self.column = (self.column - 1) / 8 * 8 + 9,
            _ => self.column += 1,
        }
        Some(next)
    }

    fn bump_while(&mut self, accept: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&accept) {
            self.bump();
        }
    }

    /// Consumes up to and with `end`, or everything.
    fn bump_past(&mut self, end: &str) {
        let stop = self.rest().find(end).map_or(self.text.len(), |found| self.at + found + end.len());
        while self.at < stop {
            self.bump();
        }
    }

    /// Consumes one lexeme that begins with `next`; `None` if it is not worth a token.
    fn lexeme(&mut self, next: char) -> Option<Kind> {
        let rest = self.rest();
        if next.is_whitespace() {
            self.bump();
            return None;
        }
        if next == '#' && self.column == 1 {
            self.directive();
            return None;
        }
        if rest.starts_with("{-#") && rest.contains("#-}") {
            self.bump_past("#-}");
            return Some(Kind::Pragma);
        }
        if rest.starts_with("{-") {
            self.nested_comment();
            return None;
        }
        if is_line_comment(rest) {
            self.bump_while(|c| c != '\n');
            return None;
        }
        if self.quasi_quotes && is_quasi_quote(rest) {
            self.bump_past("|]");
            return Some(Kind::Literal);
        }
        Some(match next {
            '"' => self.string(),
            '\'' => self.character(),
            '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '`' => {
                self.bump();
                Kind::Special
            }
            _ if is_name_start(next) => self.name(),
            _ if next.is_numeric() => {
                self.bump_while(|c| c.is_alphanumeric() || c == '_');
                Kind::Literal
            }
            _ if is_symbol(next) => {
                self.bump_while(is_symbol);
                Kind::Symbol
            }
            _ => {
                self.bump();
                return None;
            }
        })
    }

    /// A line of the C preprocessor, with its continuation lines, or a `#!` line.
    fn directive(&mut self) {
        loop {
            let line = self.rest().lines().next().unwrap_or_default();
            let goes_on = line.trim_end_matches('\r').ends_with('\\');
            self.bump_past("\n");
            if !goes_on || self.peek().is_none() {
                return;
            }
        }
    }

    fn nested_comment(&mut self) {
        let mut depth = 0;
        while self.peek().is_some() {
            if self.rest().starts_with("{-") {
                depth += 1;
                self.bump();
            } else if self.rest().starts_with("-}") {
                depth -= 1;
                self.bump();
            }
            self.bump();
            if depth == 0 {
                return;
            }
        }
    }

    /// A string literal; one that is never closed ends with its line, so that the rest is still read.
    fn string(&mut self) -> Kind {
        if self.rest().starts_with("\"\"\"") {
            self.bump_past("\"\"\"");
            self.bump_past("\"\"\"");
            return Kind::String;
        }
        self.bump();
        while let Some(next) = self.peek() {
            match next {
                '\n' => break,
                '"' => {
                    self.bump();
                    break;
                }
                '\\' => {
                    self.bump();
                    if self.peek().is_some_and(char::is_whitespace) {
                        self.bump_while(char::is_whitespace);
                    }
                    self.bump();
                }
                _ => {
                    self.bump();
                }
            }
        }
        Kind::String
    }

    /// A character literal, or the tick of a promoted constructor or of a Template Haskell name.
    fn character(&mut self) -> Kind {
        let mut ahead = self.rest().chars().skip(1);
        let (first, second) = (ahead.next(), ahead.next());
        self.bump();
        if first == Some('\\') {
            self.bump();
            self.bump();
            self.bump_while(|c| c != '\'' && c != '\n');
            self.bump();
            Kind::Literal
        } else if second == Some('\'') {
            self.bump();
            self.bump();
            Kind::Literal
        } else {
            Kind::Symbol
        }
    }

    fn name(&mut self) -> Kind {
        loop {
            let is_module = self.peek().is_some_and(char::is_uppercase);
            self.bump_while(is_name_part);
            let mut ahead = self.rest().chars();
            if !is_module || ahead.next() != Some('.') || !ahead.next().is_some_and(is_name_start) {
                return Kind::Name;
            }
            self.bump();
        }
    }
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '\''
}

fn is_symbol(c: char) -> bool {
    "!#$%&*+./<=>?@\\^|-~:".contains(c) || (!c.is_ascii() && !c.is_alphanumeric() && !c.is_whitespace())
}

/// Two or more dashes begin a comment unless they are part of a longer operator.
fn is_line_comment(rest: &str) -> bool {
    rest.starts_with("--") && !rest.trim_start_matches('-').starts_with(is_symbol)
}

/// `[quoter|`, which without the extension would be a list comprehension.
fn is_quasi_quote(rest: &str) -> bool {
    rest.strip_prefix('[').and_then(|rest| rest.split_once('|')).is_some_and(|(quoter, _)| {
        quoter.starts_with(is_name_start) && quoter.chars().all(|c| is_name_part(c) || c == '.')
    })
}

#[cfg(test)]
mod tests {
    use super::{tokens, unlit};

    fn texts(source: &str) -> Vec<&str> {
        tokens(source).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_vanish_and_operators_of_dashes_stay() {
        assert_eq!(
            texts("a {- x {- y -} \" -} b -- c \" \n --> d --| e\n|-- f"),
            ["a", "b", "-->", "d", "--|", "e", "|--", "f"]
        );
        assert_eq!(texts("x ---- all comment"), ["x"]);
    }

    #[test]
    fn strings_hide_what_they_hold() {
        assert_eq!(texts(r#""-- no {- no" y"#), [r#""-- no {- no""#, "y"]);
        assert_eq!(texts("\"gap \\\n   \\here\\\" \" z"), ["\"gap \\\n   \\here\\\" \"", "z"]);
        assert_eq!(texts("\"never closed\nnext"), ["\"never closed", "next"]);
        assert_eq!(texts("\"\"\"two\n \"lines\" \"\"\" z").len(), 2);
    }

    #[test]
    fn characters_ticks_and_primes_are_told_apart() {
        assert_eq!(
            texts(r#"'"' '\'' '\\' '\x41' f' x''y 'Z 'a'"#),
            ["'\"'", "'\\''", "'\\\\'", "'\\x41'", "f'", "x''y", "'", "Z", "'a'"]
        );
    }

    #[test]
    fn preprocessor_lines_vanish() {
        assert_eq!(texts("#define X \"a \\\n  b\nx\n #y"), ["x", "#", "y"]);
    }

    #[test]
    fn quasi_quotes_only_with_their_extension() {
        assert_eq!(texts("{-# LANGUAGE QuasiQuotes #-} [sql|don't \" |] x").last(), Some(&"x"));
        assert_eq!(texts("[x|x<-y]").len(), 7);
    }

    #[test]
    fn places_count_from_one_and_tabs_reach_stops() {
        let places: Vec<_> = tokens("a λ b\n\tc").iter().map(|token| (token.line, token.column)).collect();
        assert_eq!(places, [(1, 1), (1, 3), (1, 5), (2, 9)]);
        let ends: Vec<_> = tokens("λa \"b\\\n  \\c\"").iter().map(super::Token::end_place).collect();
        assert_eq!(ends, [(1, 3), (2, 6)]);
    }

    #[test]
    fn names_keep_their_qualifiers() {
        assert_eq!(texts("Data.Map.insert M.!"), ["Data.Map.insert", "M", ".!"]);
    }

    #[test]
    fn literate_code_keeps_its_place() {
        assert_eq!(unlit("text\n\n> a = 1\n>   b\n"), "\n\n  a = 1\n    b\n");
        assert_eq!(unlit("text \"\n\\begin{code}\nx = 1\n\\end{code}\nmore"), "\n\nx = 1\n\n\n");
    }
}
