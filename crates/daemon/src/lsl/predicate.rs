//! The XPath predicates by which LSL programs ask for streams: comparisons of a stream's fields with `and`,
//! `or`, `not()`, `contains()` and `starts-with()`, which is all that liblsl itself and LabRecorder ask. What
//! looks into the description is not understood, and a query that is not understood is not answered.

use super::StreamInfo;

/// Deepest nesting that is read.
const DEEPEST: usize = 16;

/// A predicate over [`StreamInfo`].
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate(Term);

#[derive(Debug, Clone, PartialEq)]
enum Term {
    And(Vec<Term>),
    Or(Vec<Term>),
    Not(Box<Term>),
    Compare(Operand, bool, Operand),
    Contains(Operand, Operand),
    StartsWith(Operand, Operand),
}

#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Field(String),
    Text(String),
    Number(f64),
}

/// `name='value'`, with the quotes that the value does not have; `None` when it has both kinds.
#[must_use]
pub fn equals(field: &str, value: &str) -> Option<String> {
    let quote = ['\'', '"'].into_iter().find(|q| !value.contains(*q))?;
    Some(format!("{field}={quote}{value}{quote}"))
}

impl Predicate {
    /// Reads one; an empty one fits every stream.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.trim().is_empty() {
            return Some(Self(Term::And(Vec::new())));
        }
        let mut reader = Reader(text);
        let term = reader.or(0)?;
        reader.0.trim().is_empty().then_some(Self(term))
    }

    /// Whether a stream fits.
    #[must_use]
    pub fn fits(&self, info: &StreamInfo) -> bool {
        self.0.fits(info)
    }
}

impl Term {
    fn fits(&self, info: &StreamInfo) -> bool {
        match self {
            Self::And(terms) => terms.iter().all(|term| term.fits(info)),
            Self::Or(terms) => terms.iter().any(|term| term.fits(info)),
            Self::Not(term) => !term.fits(info),
            Self::Compare(a, equal, b) => {
                let same = match (a, b) {
                    (Operand::Number(n), other) | (other, Operand::Number(n)) => {
                        other.text(info).trim().parse() == Ok(*n)
                    }
                    _ => a.text(info) == b.text(info),
                };
                same == *equal
            }
            Self::Contains(a, b) => a.text(info).contains(&b.text(info)),
            Self::StartsWith(a, b) => a.text(info).starts_with(&b.text(info)),
        }
    }
}

impl Operand {
    fn text(&self, info: &StreamInfo) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Field(field) => match field.as_str() {
                "name" => info.name.clone(),
                "type" => info.kind.clone(),
                "channel_count" => info.channels.to_string(),
                "channel_format" => info.format.as_str().to_owned(),
                "nominal_srate" => info.rate_hz.to_string(),
                "source_id" => info.source_id.clone(),
                "uid" => info.uid.clone(),
                "session_id" => info.session_id.clone(),
                "hostname" => info.host.clone(),
                "created_at" => info.created_at.to_string(),
                "version" => "1.1".to_owned(),
                // As XPath has it: what is not there is empty.
                _ => String::new(),
            },
        }
    }
}

struct Reader<'t>(&'t str);

impl Reader<'_> {
    fn take(&mut self, token: &str) -> bool {
        let rest = self.0.trim_start();
        match rest.strip_prefix(token) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// A word that is an operator, not the beginning of a name.
    fn word(&mut self, word: &str) -> bool {
        let rest = self.0.trim_start();
        let Some(after) = rest.strip_prefix(word) else {
            return false;
        };
        let ends = !after.starts_with(|c: char| c.is_alphanumeric() || "_-".contains(c));
        if ends {
            self.0 = after;
        }
        ends
    }

    fn or(&mut self, depth: usize) -> Option<Term> {
        let mut terms = vec![self.and(depth)?];
        while self.word("or") {
            terms.push(self.and(depth)?);
        }
        Some(one(terms, Term::Or))
    }

    fn and(&mut self, depth: usize) -> Option<Term> {
        let mut terms = vec![self.term(depth)?];
        while self.word("and") {
            terms.push(self.term(depth)?);
        }
        Some(one(terms, Term::And))
    }

    fn term(&mut self, depth: usize) -> Option<Term> {
        if depth > DEEPEST {
            return None;
        }
        if self.take("(") {
            let term = self.or(depth + 1)?;
            return self.take(")").then_some(term);
        }
        if self.take("not(") {
            let term = self.or(depth + 1)?;
            return self.take(")").then(|| Term::Not(Box::new(term)));
        }
        for (name, make) in [
            ("contains(", Term::Contains as fn(_, _) -> _),
            ("starts-with(", Term::StartsWith),
        ] {
            if self.take(name) {
                let a = self.operand()?;
                let b = self.take(",").then(|| self.operand()).flatten()?;
                return self.take(")").then(|| make(a, b));
            }
        }
        let a = self.operand()?;
        let equal = if self.take("!=") {
            false
        } else {
            self.take("=").then_some(true)?
        };
        Some(Term::Compare(a, equal, self.operand()?))
    }

    fn operand(&mut self) -> Option<Operand> {
        let rest = self.0.trim_start();
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            let (text, after) = rest[1..].split_once(quote)?;
            self.0 = after;
            return Some(Operand::Text(text.to_owned()));
        }
        let part = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        // A path or a function: something that is not understood here.
        if word.is_empty() || after.trim_start().starts_with(['/', '(', '[', '*']) {
            return None;
        }
        self.0 = after;
        Some(match word.parse() {
            Ok(number) => Operand::Number(number),
            Err(_) => Operand::Field(word.to_owned()),
        })
    }
}

fn one(mut terms: Vec<Term>, make: fn(Vec<Term>) -> Term) -> Term {
    if terms.len() > 1 {
        return make(terms);
    }
    terms.pop().unwrap_or_else(|| make(Vec::new()))
}

#[cfg(test)]
mod tests {
    use firmware_interfaces::lsl::Format;

    use super::*;
    use crate::lsl::Channel;

    #[test]
    fn what_lsl_programs_ask_is_understood() {
        let channels = vec![Channel::default(); 8];
        let mut info = StreamInfo::new("an EEG", "EEG", Format::Float32, 250.0, channels);
        info.session_id = "default".into();
        let check = |text: &str, expect: Option<bool>| {
            let fits = Predicate::parse(text).map(|p| p.fits(&info));
            assert_eq!(fits, expect, "{text}");
        };
        check("", Some(true));
        check("session_id='default'", Some(true));
        check("session_id='default' and type='EEG'", Some(true));
        check("session_id='default' and type='Markers'", Some(false));
        check(
            "(session_id=\"default\") and (name='an EEG' or name='x')",
            Some(true),
        );
        check("channel_count=8 and nominal_srate=250", Some(true));
        check(
            "channel_count='8' and not(name='x') and type!='x'",
            Some(true),
        );
        check(
            "starts-with(name,'an') and contains(name, 'EEG')",
            Some(true),
        );
        check("orange='' and android=''", Some(true));
        check("count(desc/channels/channel)=8", None);
        check("desc/manufacturer='x'", None);
        check("name='x", None);
        check("name", None);
        check("name='x' name='y'", None);
        check(&format!("{}name='x'", "(".repeat(50)), None);
        assert_eq!(equals("name", "a'b").as_deref(), Some("name=\"a'b\""));
        assert_eq!(equals("name", "a'\"b"), None);
    }
}
