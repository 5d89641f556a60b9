//! Text and tables in GitHub's Markdown.

use std::iter::once;

/// A row a line, the first one the header, columns as wide as their widest cell: the source is read, too.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0).max(2);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
            0 => format!(" {cell:<width$} |"),
            _ => format!(" {cell:>width$} |"),
        });
        format!("|{}", cells.collect::<String>())
    };
    let rule = widths.iter().enumerate().map(|(column, width)| match column {
        0 => format!(" :{} |", "-".repeat(width - 1)),
        _ => format!(" {}: |", "-".repeat(width - 1)),
    });
    let rule = format!("|{}", rule.collect::<String>());
    let lines = rows.iter().map(line).collect::<Vec<_>>();
    let (header, body) = lines.split_at(1.min(lines.len()));
    header.iter().chain(once(&rule)).chain(body).cloned().collect::<Vec<_>>().join("\n")
}

/// Folded until it is asked for; the empty lines let what is inside be Markdown.
pub(super) fn details(title: &str, inside: &str) -> String {
    format!("<details>\n<summary>{title}</summary>\n\n{inside}\n\n</details>")
}

/// Text as it is, between fences longer than any run of backticks in it.
pub(super) fn fenced(language: &str, text: &str) -> String {
    let clean: String =
        text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { ' ' } else { c }).collect();
    let longest = clean.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    format!("{fence}{language}\n{}\n{fence}", clean.trim_end_matches('\n'))
}

/// Text that is nothing but text, in one line: whoever wrote a question meant no emphasis, no HTML and nobody's name.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '$' => escaped.extend(['\\', c]),
            // GitHub finds names and numbers after Markdown has taken backslashes away
            '@' | '#' => escaped.extend([&c.to_string(), "<!-- -->"]),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_users_wrote_is_text() {
        assert_eq!(escaped("a|b <i> *x* `y`\nz"), r"a\|b \<i\> \*x\* \`y\` z");
        assert_eq!(escaped("@jo, #12 & $x$"), r"@<!-- -->jo, #<!-- -->12 \& \$x\$");
        assert_eq!(fenced("toml", "a\n````\nb\n\n"), "`````toml\na\n````\nb\n`````");
        assert_eq!(fenced("sh", "pushbench run"), "```sh\npushbench run\n```");
    }

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [vec![String::new(), "p50".into()], vec!["websocket".into(), "162 µs".into()]];
        assert_eq!(table(&rows), "|           |    p50 |\n| :-------- | -----: |\n| websocket | 162 µs |");
    }
}
