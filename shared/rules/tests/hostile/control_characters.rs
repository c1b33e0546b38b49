//! Characters that are not seen.

use stanchion_rules::Rulebook;

use crate::{FINE, refused};

#[test]
fn they_are_refused_or_kept_as_written() {
    let unseen = ['\0', '\u{1}', '\u{7}', '\u{1b}', '\u{7f}', '\u{85}', '\u{2028}', '\u{fffe}', '\u{feff}'];
    for c in unseen {
        let texts =
            [FINE.replace("title: A", &format!("title: A{c}B")), format!("{c}{FINE}"), format!("{FINE}{c}")];
        for text in texts {
            // Either is an answer; a title of fewer characters than were written would be none.
            match Rulebook::parse(&text, "r") {
                Ok(rulebook) => {
                    let title = &rulebook.rules[0].title;
                    assert!(title == "A" || title.contains(c), "{c:?}: {title:?}");
                }
                Err(error) => assert!(error.to_string().starts_with("r:"), "{error}"),
            }
        }
    }
}

#[test]
fn tabs_do_not_indent() {
    assert!(refused(&FINE.replace("    title", "\ttitle")).contains("not YAML"));
}

#[test]
fn ends_of_lines_may_be_of_any_system() {
    assert!(Rulebook::parse(&FINE.replace('\n', "\r\n"), "r").is_ok());
}
