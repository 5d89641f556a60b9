//! What rows are called, one by one and together.

/// What a row is called.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) transport: &'static str,
    /// Its point of the sweep in words: `10 clients`.
    pub(super) point: String,
    /// Both.
    pub(super) label: String,
}

/// The rows at these places, named together: a transport's name stands for all of its rows, and a point's for all
/// transports there.
pub(super) fn together(places: &[usize], names: &[Name]) -> String {
    if places.len() == names.len() && names.len() > 1 {
        return "every row".into();
    }
    let all = |transport| names.iter().filter(|name| name.transport == transport).count();
    let left = |transport| -> Vec<&Name> {
        let others =
            names.iter().enumerate().filter(|(place, name)| name.transport == transport && !places.contains(place));
        others.map(|(_, name)| name).collect()
    };
    let whole = |transport| all(transport) > 1 && left(transport).is_empty();
    // a point names all of its rows where it says more than the transports alone
    let everywhere = |point: &str| {
        let mut here = names.iter().enumerate().filter(|(_, name)| name.point == point);
        let open = names.iter().filter(|name| name.point == point && !whole(name.transport)).count();
        !point.is_empty() && open > 1 && here.all(|(place, _)| places.contains(&place))
    };
    let mut parts: Vec<String> = Vec::new();
    for name in places.iter().map(|&place| &names[place]) {
        let part = match &left(name.transport)[..] {
            _ if whole(name.transport) => name.transport.to_owned(),
            _ if everywhere(&name.point) && name.point.starts_with("over ") => format!("all {}", name.point),
            _ if everywhere(&name.point) => format!("all at {}", name.point),
            [other] if all(name.transport) > 2 => format!("{} but for {}", name.transport, other.point),
            _ => name.label.clone(),
        };
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_named_together() {
        let name = |transport, point: &str, label: &str| Name { transport, point: point.into(), label: label.into() };
        let names = [
            name("sse", "1 client", "sse · 1 client"),
            name("sse", "9 clients", "sse · 9 clients"),
            name("raw-tcp", "9 clients", "raw-tcp · 9 clients (floor)"),
            name("polling", "", "polling"),
        ];
        assert_eq!(together(&[0], &names), "sse · 1 client");
        assert_eq!(together(&[0, 1], &names), "sse");
        assert_eq!(together(&[1, 2], &names), "all at 9 clients");
        assert_eq!(together(&[2, 3], &names), "raw-tcp · 9 clients (floor), polling");
        assert_eq!(together(&[0, 1, 2, 3], &names), "every row");
        assert_eq!(together(&[0], &names[..1]), "sse · 1 client");
    }
}
