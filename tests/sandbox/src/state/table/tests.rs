#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use super::*;

/// A row that knows its number, created that many seconds after 1970.
#[derive(Clone, Debug, PartialEq)]
struct Number(i64);

impl Row for Number {
    type Id = i64;

    fn id(&self) -> i64 {
        self.0
    }

    fn created(&self) -> Timestamp {
        Timestamp::new(self.0, 0).unwrap()
    }

    fn labels(&self) -> Vec<Label> {
        let parity = if self.0 % 2 == 0 { "even" } else { "odd" };
        let third = if self.0 % 3 == 0 { "yes" } else { "no" };
        vec![Label::of("parity", parity), Label::of("third", third)]
    }
}

fn table(numbers: Range<i64>) -> Table<Number> {
    let mut table = Table::default();
    numbers.for_each(|number| table.put(Number(number)));
    table
}

fn read(table: &Table<Number>, query: &Query<i64>) -> (Vec<i64>, bool) {
    let page = table.page(query).unwrap();
    (page.rows.into_iter().map(|row| row.0).collect(), page.has_more)
}

fn page(table: &Table<Number>, cursor: Cursor<i64>, limit: usize) -> (Vec<i64>, bool) {
    read(table, &Query { cursor, ..Query::first(limit) })
}

#[test]
fn pages_read_newest_first_in_both_directions() {
    let table = table(0..5);
    assert_eq!(page(&table, Cursor::Start, 2), (vec![4, 3], true));
    assert_eq!(page(&table, Cursor::StartingAfter(3), 2), (vec![2, 1], true));
    assert_eq!(page(&table, Cursor::StartingAfter(1), 2), (vec![0], false));
    assert_eq!(page(&table, Cursor::EndingBefore(0), 2), (vec![2, 1], true));
    assert_eq!(page(&table, Cursor::EndingBefore(2), 2), (vec![4, 3], false));
    assert_eq!(page(&table, Cursor::EndingBefore(4), 2), (vec![], false));
}

#[test]
fn oldest_first_turns_everything_round() {
    let table = table(0..5);
    let page = |cursor| read(&table, &Query { cursor, order: Order::OldestFirst, ..Query::first(2) });
    assert_eq!(page(Cursor::Start), (vec![0, 1], true));
    assert_eq!(page(Cursor::StartingAfter(2)), (vec![3, 4], false));
    assert_eq!(page(Cursor::EndingBefore(3)), (vec![1, 2], true));
}

#[test]
fn a_page_that_is_exactly_full_has_no_more() {
    assert_eq!(page(&table(0..2), Cursor::Start, 2), (vec![1, 0], false));
    assert_eq!(page(&table(0..0), Cursor::Start, 2), (vec![], false));
}

#[test]
fn a_removed_row_is_still_a_cursor() {
    let mut table = table(0..4);
    table.remove(&2);
    assert_eq!(page(&table, Cursor::StartingAfter(2), 9), (vec![1, 0], false));
    assert_eq!(table.next_number(), 4);
    assert!(table.find(&2).is_none());
    assert!(table.page(&Query { cursor: Cursor::StartingAfter(9), ..Query::first(1) }).is_err());
    assert_eq!(table.with(Label::of("parity", "even")).count(), 1);
}

#[test]
fn a_filter_neither_shortens_a_page_nor_invents_another() {
    let table = table(0..7);
    let even = Query { labels: vec![Label::of("parity", "even")], ..Query::first(2) };
    assert_eq!(read(&table, &even), (vec![6, 4], true));
    let last = Query { cursor: Cursor::StartingAfter(2), ..even.clone() };
    assert_eq!(read(&table, &last), (vec![0], false));
    let both = Query { labels: vec![Label::of("third", "yes"), Label::of("parity", "even")], ..even };
    assert_eq!(read(&table, &both), (vec![6, 0], false));
}

#[test]
fn a_span_of_time_includes_its_beginning_and_not_its_end() {
    let mut table = table(0..9);
    table.remove(&3);
    let second = |second| Timestamp::new(second, 0).unwrap();
    let query = Query { made: second(3)..second(6), ..Query::first(9) };
    assert_eq!(read(&table, &query), (vec![5, 4], false));
    let odd = Query { labels: vec![Label::of("parity", "odd")], ..query.clone() };
    assert_eq!(read(&table, &odd), (vec![5], false));
    assert_eq!(read(&table, &Query { made: second(6)..second(3), ..query }), (vec![], false));
}
