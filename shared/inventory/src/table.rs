//! Tables of text, as AWS's reports have them: a line of column names, then one line for each row.

use crate::error::{InventoryError, quoted};

/// One row.
pub(crate) struct Row<'t> {
    /// Its line, from 1.
    pub(crate) line: usize,
    columns: &'t [&'t str],
    cells: Vec<&'t str>,
}

/// A table.
pub(crate) struct Table<'t> {
    columns: Vec<&'t str>,
    rows: Vec<(usize, Vec<&'t str>)>,
}

impl Row<'_> {
    /// What stands in a column; `None`: there is no such column.
    pub(crate) fn get(&self, column: &str) -> Option<&str> {
        let at = self.columns.iter().position(|name| *name == column)?;
        self.cells.get(at).copied()
    }
}

impl<'t> Table<'t> {
    /// The rows, in their order.
    pub(crate) fn rows(&'t self) -> impl Iterator<Item = Row<'t>> {
        self.rows.iter().map(|(line, cells)| Row {
            line: *line,
            columns: &self.columns,
            cells: cells.clone(),
        })
    }
}

/// Reads a table that has at least these columns.
///
/// # Errors
/// A text without these columns, and rows with more or fewer cells than there are columns.
pub(crate) fn read<'t>(text: &'t str, place: &str, needed: &[&str]) -> Result<Table<'t>, InventoryError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let Some((_, head)) = lines.next() else {
        return Err(InventoryError::Blank { place: place.to_owned() });
    };
    let columns = cells(head);
    let error = |line: usize, message: String| InventoryError::Table {
        place: place.to_owned(),
        line: line + 1,
        message,
    };
    if let Some(missing) = needed.iter().find(|name| !columns.contains(name)) {
        return Err(error(0, format!("no column `{missing}` in `{}`", quoted(head))));
    }
    let mut rows = Vec::new();
    for (line, text) in lines {
        let cells = cells(text);
        if cells.len() != columns.len() {
            return Err(error(line, format!("{} cells under {} columns", cells.len(), columns.len())));
        }
        rows.push((line + 1, cells));
    }
    Ok(Table { columns, rows })
}

/// The cells of a line. Names may have a comma, and are in quotes then (RFC 4180).
fn cells(line: &str) -> Vec<&str> {
    let mut cells = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                cells.push(bare(&line[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    cells.push(bare(&line[start..]));
    cells
}

fn bare(cell: &str) -> &str {
    let cell = cell.trim();
    cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::cells;

    #[test]
    fn a_comma_in_quotes_parts_no_cells() {
        assert_eq!(cells("a,\"b,c\", d ,"), ["a", "b,c", "d", ""]);
    }
}
