//! What somebody may have meant who wrote a name that there is not.

/// The name that is most like `word`, where one is like it at all: a letter or two are wrong, its case is, or it is the
/// beginning or the end of one.
pub fn like<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.trim().to_lowercase().replace(['_', ' '], "-");
    let part = |name: &str| word.len() >= 3 && (name.starts_with(&word) || name.ends_with(&word));
    let far = |name: &str| if part(name) { 0 } else { distance(&word, name) };
    let near = |name: &&str| far(name) <= name.len().div_ceil(3);
    names.into_iter().filter(near).min_by_key(|name| far(name))
}

/// What goes behind an error about `word`: `; did you mean …?`, or nothing.
pub fn meant<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    like(word, names).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// How many letters must be put in, taken out or changed to make one word of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, &b) in other.iter().enumerate() {
            let changed = corner + usize::from(a != b);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_understood() {
        assert_eq!((distance("", "abc"), distance("kitten", "sitting"), distance("same", "same")), (3, 3, 0));
        let names = ["polling", "long-polling", "sse", "websocket", "raw-tcp"];
        for (word, name) in [
            ("websockets", Some("websocket")),
            ("Long_Polling", Some("long-polling")),
            ("SSE", Some("sse")),
            ("poll", Some("polling")),
            ("tcp", Some("raw-tcp")),
            ("raw", Some("raw-tcp")),
            ("http", None),
            ("", None),
        ] {
            assert_eq!(like(word, names), name, "{word}");
        }
        assert_eq!(meant("ssse", names), "; did you mean `sse`?");
        assert_eq!(meant("pigeon", names), "");
    }
}
