use super::denies;

#[test]
fn what_says_that_it_failed_is_no_success() {
    for body in [
        r#"{"success":false}"#,
        r#"{"success":"false"}"#,
        r#"{"success":0}"#,
        r#"{"Success":false}"#,
        r#"{"\u0073uccess":false}"#,
        r#"{"success":false,"success":true}"#,
        r#"{"success":true,"success":false}"#,
        r#"{"error_code":"invalid-input","message":"no"}"#,
        r#"{"error":"bad code"}"#,
        r#"{"errors":[{"field":"code"}]}"#,
        r#"{"data":{"success":false}}"#,
        r#"{"data":{"error_code":"invalid-input"}}"#,
        r#"{"error":"bad code","data":{"id":"p1"}}"#,
        "\u{feff}{\"success\":false}",
        r#"{"success":false,"x":"\ud83d"}"#,
        "<html></html>",
    ] {
        assert!(denies(body.as_bytes(), true) && denies(body.as_bytes(), false), "{body}");
    }
    for body in ["false", r#"{"success":false"#, r#"{"success":false}more"#] {
        assert!(denies(body.as_bytes(), false), "{body}");
    }
}

#[test]
fn what_says_nothing_of_the_kind_is_one() {
    for body in [
        "",
        " \n",
        "{}",
        "null",
        "true",
        "OK",
        "The code was sent.",
        r#"{"success":true}"#,
        r#"{"success":null,"error":null,"errors":[],"error_code":""}"#,
        r#"{"success":true,"error":"a warning"}"#,
        r#"{"id":"p1","memo":"\u0041n error in success"}"#,
        r#"{"data":[{"error_code":"no_such_resource","success":false}],"has_more":false}"#,
    ] {
        assert!(!denies(body.as_bytes(), true) && !denies(body.as_bytes(), false), "{body}");
    }
}
