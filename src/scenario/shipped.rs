//! The scenarios that come with the binary, by name.

/// A scenario in the binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// What `pushbench run` calls it: the file's name without number and ending.
    pub name: &'static str,
    /// Where it stands in the repository.
    pub path: &'static str,
    /// The file, verbatim.
    pub text: &'static str,
}

macro_rules! shipped {
    ($name:literal, $file:literal) => {
        Shipped {
            name: $name,
            path: concat!("scenarios/", $file, ".toml"),
            text: include_str!(concat!("../../scenarios/", $file, ".toml")),
        }
    };
}

/// The one that `pushbench run` takes when it is given none.
pub const DEFAULT: Shipped = ALL[0];

/// All of them, in the order of their numbers.
pub const ALL: &[Shipped] = &[
    shipped!("quick", "00-quick"),
    shipped!("header-tax", "10-header-tax"),
    shipped!("poll-interval", "20-poll-interval"),
    shipped!("rate", "30-rate"),
    shipped!("fan-out", "40-fan-out"),
    shipped!("payload", "50-payload"),
    shipped!("idle-crowd", "52-idle-crowd"),
    shipped!("bursts", "54-bursts"),
    shipped!("replay", "60-replay"),
];

/// The one that is called `name`.
#[must_use]
pub fn named(name: &str) -> Option<Shipped> {
    ALL.iter().copied().find(|shipped| shipped.name == name)
}

/// The name that is most like `word`, where one is like it at all.
#[must_use]
pub fn like(word: &str) -> Option<&'static str> {
    let near = |name: &&str| distance(word, name) <= name.len().div_ceil(3);
    ALL.iter().map(|shipped| shipped.name).filter(near).min_by_key(|name| distance(word, name))
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
    fn a_mistyped_name_is_understood() {
        assert_eq!((distance("", "abc"), distance("kitten", "sitting"), distance("same", "same")), (3, 3, 0));
        assert_eq!(like("qiuck"), Some("quick"));
        assert_eq!(like("slow"), None);
        assert_eq!(named("quick"), Some(DEFAULT));
    }
}
