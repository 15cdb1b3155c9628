//! The query of a request: the names and values after the question mark.

/// The names and values, decoded.
#[derive(Debug)]
pub(super) struct Query(Vec<(String, String)>);

/// A value that a parameter does not take.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadValue {
    pub(super) name: &'static str,
    pub(super) takes: &'static str,
}

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let split = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        };
        Query(pairs.map(split).collect())
    }

    /// The value of a parameter, the first if there are several. `None` if it is absent or empty.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let value = self
            .0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }

    /// A number, or `default` if there is none.
    pub(super) fn number(&self, name: &'static str, default: usize) -> Result<usize, BadValue> {
        let value = self.value(name).map(str::parse).transpose();
        Ok(value
            .map_err(|_| BadValue {
                name,
                takes: "a number",
            })?
            .unwrap_or(default))
    }

    /// One of the `words`, as its index. The first if there is none.
    pub(super) fn word(
        &self,
        name: &'static str,
        takes: &'static str,
        words: &[&str],
    ) -> Result<usize, BadValue> {
        match self.value(name) {
            None => Ok(0),
            Some(value) => words
                .iter()
                .position(|word| *word == value)
                .ok_or(BadValue { name, takes }),
        }
    }
}

/// Decodes the text of a URL.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = after
            .first_chunk::<2>()
            .and_then(|digits| hexadecimal(*digits))
            .filter(|_| *first == b'%');
        rest = if escaped.is_some() {
            &after[2..]
        } else {
            after
        };
        bytes.push(escaped.unwrap_or(if *first == b'+' { b' ' } else { *first }));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hexadecimal(digits: [u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    Some((high? * 16 + low?) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded_once() {
        let query =
            Query::parse("text=a+b%20c%2Bd%c3%a9&n=7&empty=&&flag&text=second&x=%zz%4&y=%2541");
        assert_eq!(query.value("text"), Some("a b c+dé"));
        assert_eq!(
            (
                query.value("empty"),
                query.value("flag"),
                query.value("none")
            ),
            (None, None, None)
        );
        assert_eq!(
            (query.value("x"), query.value("y")),
            (Some("%zz%4"), Some("%41"))
        );
        assert_eq!((query.number("n", 1), query.number("m", 1)), (Ok(7), Ok(1)));
    }

    #[test]
    fn what_a_parameter_does_not_take_is_said() {
        let query = Query::parse("n=-1&m=99999999999999999999999&order=up");
        assert!(query.number("n", 0).is_err() && query.number("m", 0).is_err());
        let order = query.word("order", "asc or desc", &["asc", "desc"]);
        assert_eq!(
            order,
            Err(BadValue {
                name: "order",
                takes: "asc or desc"
            })
        );
    }

    #[test]
    fn nothing_in_a_query_can_stop_it_from_being_read() {
        for text in ["", "&", "=", "%", "%%", "%f", "a=%ff%fe", "====", "%00=%00"] {
            let _ = Query::parse(text).value("a");
        }
    }
}
