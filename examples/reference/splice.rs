//! Parts of a text that are made, between marks that Markdown does not show.

/// `text` with `part` between `<!-- reference: name -->` and `<!-- /reference -->`, each mark on a line of its own.
pub(crate) fn spliced(text: &str, name: &str, part: &str) -> Result<String, String> {
    const END: &str = "<!-- /reference -->\n";
    let begin = format!("<!-- reference: {name} -->\n");
    let mut pieces = text.split(&begin);
    let (Some(before), Some(after), None) = (pieces.next(), pieces.next(), pieces.next()) else {
        return Err(format!("it has to have the line {} once", begin.trim_end()));
    };
    let Some((_, rest)) = after.split_once(END) else {
        return Err(format!("no {} behind {}", END.trim_end(), begin.trim_end()));
    };
    Ok(format!("{before}{begin}{}\n{END}{rest}", part.trim_end()))
}

/// `text` in lines of at most `width` characters, each behind `before`. A space that does not break stays one.
pub(crate) fn wrapped(text: &str, width: usize, before: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split([' ', '\n']).filter(|word| !word.is_empty()) {
        let line = lines.last().map_or("", String::as_str);
        if !line.is_empty() && before.chars().count() + line.chars().count() + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.iter().map(|line| format!("{before}{line}\n")).collect()
}
