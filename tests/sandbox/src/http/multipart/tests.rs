#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use super::*;
use crate::http::Reply;

const TYPE: &str = "multipart/form-data; boundary=xyz";

fn error(content_type: &str, body: &[u8]) -> String {
    String::from_utf8(Reply::from(Form::read(content_type, body).unwrap_err()).body).unwrap()
}

#[test]
fn a_form_is_read_part_by_part_to_the_last_byte() {
    let body = b"for old readers\r\n--xyz  \r\nContent-Disposition: form-data; name=\"acting_user_id\"\r\n\r\n17\r\n\
        --xyz\r\ncontent-type: application/pdf\r\ncontent-disposition: form-data; name=file; filename=\"a \\\"b\\\";c.pdf\"\r\n\
        \r\n%PDF\r\n--xy\r\n\x00\xff\r\n--xyz--\r\nand the rest";
    let form = Form::read(TYPE, body).unwrap();
    assert_eq!(form.part("acting_user_id").unwrap().text(), Some("17"));
    let file = form.part("file").unwrap();
    assert_eq!(file.content, b"%PDF\r\n--xy\r\n\x00\xff");
    assert_eq!((file.text(), file.file_name.as_deref()), (None, Some("a \"b\";c.pdf")));
    assert_eq!(form.parts.len(), 2);
}

#[test]
fn a_boundary_may_stand_in_quotes_and_a_part_may_be_empty() {
    let content_type = "Multipart/Form-Data; charset=utf-8; Boundary=\"a b:c\"";
    let body = b"--a b:c\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n\r\n--a b:c--";
    assert_eq!(Form::read(content_type, body).unwrap().part("x").unwrap().content, b"");
    assert_eq!(Form::read(TYPE, b"--xyz--").unwrap().parts.len(), 0);
}

#[test]
fn a_file_name_is_read_as_clients_write_it() {
    let name = |disposition: &str| {
        let body =
            format!("--xyz\r\nContent-Disposition: form-data; name=\"f\"; {disposition}\r\n\r\n\r\n--xyz--");
        Form::read(TYPE, body.as_bytes()).unwrap().part("f").unwrap().file_name.clone()
    };
    assert_eq!(name(r#"filename="C:\bills\may.pdf""#).as_deref(), Some(r"C:\bills\may.pdf"));
    assert_eq!(name("filename*=utf-8''%C3%A4.pdf").as_deref(), Some("ä.pdf"));
    assert_eq!(name(r#"filename="a.pdf"; filename*=UTF-8''b.pdf"#).as_deref(), Some("b.pdf"));
    assert_eq!(name(""), None);
}

#[test]
fn a_body_that_is_not_a_form_is_refused_with_the_reason() {
    let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
    for content_type in
        ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"x", &long]
    {
        assert!(error(content_type, b"--xyz--").contains("`boundary` of 1 to 70"), "{content_type}");
    }
    let named = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
    let many = format!("{}--xyz--", named.repeat(MOST_PARTS + 1));
    let endless = format!("--xyz\r\nX: {}\r\n\r\n\r\n--xyz--", "x".repeat(HEAD_LIMIT));
    let cases = [
        ("", "does not hold its boundary"),
        ("--xy\r\n", "does not hold its boundary"),
        ("--xyz", "has a boundary inside a line"),
        ("--xyzz\r\n", "has a boundary inside a line"),
        (named, "ends inside a part"),
        ("--xyz\r\nContent-Disposition: form-data\r\n", "headers do not end"),
        (&endless, "headers do not end"),
        ("--xyz\r\n\r\n1\r\n--xyz--", "has a part without `Content-Disposition"),
        ("--xyz\r\nContent-Disposition: form-data; x=1\r\n\r\n1\r\n--xyz--", "has a part without"),
        ("--xyz\r\nContent-Disposition: file; name=a\r\n\r\n1\r\n--xyz--", "has a part without"),
        (&many, "has too many parts"),
    ];
    for (body, expected) in cases {
        let found = error(TYPE, body.as_bytes());
        assert!(found.contains(expected), "{body}: {found}");
    }
}

#[test]
fn a_part_that_is_missing_or_there_twice_is_refused() {
    let twice = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n".repeat(2) + "--xyz--";
    let form = Form::read(TYPE, twice.as_bytes()).unwrap();
    let message = |name: &str| String::from_utf8(Reply::from(form.part(name).unwrap_err()).body).unwrap();
    assert!(message("a").contains("`a` is given twice"));
    assert!(message("b").contains("`b` is required"));
}
