//! Citations: a page of Dots' documentation, named by its path, such as `references/idempotency`, and its address.

/// Where the pages of Dots' documentation stand.
const BASE: &str = "https://docs.dots.dev/";

/// The folders of pages that no path of the API shares.
const FOLDERS: [&str; 4] = ["apireference/", "guides/", "overview/", "references/"];

/// The pages in folders whose names begin paths of the API as well.
const PAGES: [&str; 5] =
    ["apps/overview", "flows/overview", "payout-links/overview", "users/create-a-user", "users/overview"];

/// What may stand around a citation in prose.
const AROUND: [char; 7] = ['(', ')', ',', '.', ':', ';', '`'];

/// Returns the address of a page.
pub fn address(page: &str) -> String {
    format!("{BASE}{page}")
}

/// Finds the page that a word of prose cites, without the marks around it.
pub fn page(word: &str) -> Option<&str> {
    let page = word.trim_matches(AROUND);
    let is_path =
        page.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '/'));
    let in_folder =
        || FOLDERS.iter().any(|folder| page.strip_prefix(folder).is_some_and(|rest| !rest.is_empty()));
    (is_path && (PAGES.contains(&page) || in_folder())).then_some(page)
}

/// Writes each citation of a text as a link.
pub fn linked(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n']);
    words
        .map(|word| match page(word.trim_end()) {
            Some(page) => word.replacen(page, &format!("[{page}]({})", address(page)), 1),
            None => word.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{linked, page};

    #[test]
    fn a_citation_becomes_a_link_and_a_path_of_the_api_does_not() {
        let text = "Kept for 24 hours (references/idempotency).\nSource: flows/overview; see /v2/users/overview and users/u1.";
        let link = "Kept for 24 hours ([references/idempotency](https://docs.dots.dev/references/idempotency)).\n\
                    Source: [flows/overview](https://docs.dots.dev/flows/overview); see /v2/users/overview and users/u1.";
        assert_eq!(linked(text), link);
        assert_eq!(linked(link), link);
        assert_eq!((page("guides/"), page("(guides/payout-links),")), (None, Some("guides/payout-links")));
    }
}
