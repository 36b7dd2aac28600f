//! Users: from a name to a verified user with a tax form and a payout method.

use dots_api::{BankAccountType, Metadata, Rail, TaxEntityType};
use dots_api_ext::{Address, Outcome, PayoutMethod, Phone, W8benForm, W8benSigner, W9Form};
use serde_json::json;

use crate::support::world::{PHONE, last_body, phone, refused_unsent, sandbox, user};

fn address() -> Address {
    Address::new("1 Main Street", "Springfield", "62701", "US").line_2("Floor 2").state("IL")
}

/// The same with another street.
fn address_in(line_1: &str) -> Address {
    let mut address = address();
    address.line_1 = line_1.to_owned();
    address
}

/// The same without a state.
fn address_without_state() -> Address {
    let mut address = address();
    address.state = None;
    address
}

fn individual(tin: &str) -> W9Form {
    W9Form::individual("Jo", "Doe", "1990-01-31".parse().unwrap(), tin, address())
}

fn w8ben(country: &str, foreign_tax_id: Option<&str>) -> W8benForm {
    let mut address = address_without_state();
    address.country = country.to_owned();
    let signer = W8benSigner::new("Jo Doe", "jo@example.com");
    let mut form = W8benForm::new("Jo Doe", country, "1990-01-31".parse().unwrap(), address, signer);
    form.foreign_tax_id = foreign_tax_id.map(str::to_owned);
    form
}

#[tokio::test]
async fn a_user_is_made_and_verified_by_the_code_alone() {
    let (sandbox, dots) = sandbox().await;
    let user = dots
        .create_user("Jo", "Doe", "jo@example.com", phone())
        .date_of_birth("1990-01-31".parse().unwrap())
        .username("jo-doe")
        .metadata(Metadata::from_iter([("crm", "7")]))
        .await
        .unwrap();
    let expected = json!({
        "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1",
        "phone_number": PHONE, "date_of_birth": "1990-01-31", "username": "jo-doe", "metadata": { "crm": "7" },
    });
    assert_eq!(last_body(&sandbox), expected);
    dots.send_verification_code(&user.id).by_voice().await.unwrap();
    assert_eq!(last_body(&sandbox), json!({ "use_voice": true }));
    let error = dots.verify_user(&user.id, "654321").await.unwrap_err();
    assert_eq!((error.outcome(), error.status()), (Outcome::Rejected, Some(400)));
    assert_eq!(dots.fetch_user(&user.id).await.unwrap().verified, Some(false));
    dots.verify_user(&user.id, "123456").await.unwrap();
    assert_eq!(dots.fetch_user(&user.id).await.unwrap().verified, Some(true));
}

#[tokio::test]
async fn each_payout_method_has_exactly_what_its_platform_needs() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    let (routing_number, account_number) = ("110000000", "000123456789");
    let ach = PayoutMethod::ach(routing_number, account_number, BankAccountType::Checking);
    let cash_app = PayoutMethod::cash_app(routing_number, account_number, "$jo");
    let account = json!({ "routing_number": "110000000", "account_number": "000123456789" });
    let with = |mut body: serde_json::Value, more: serde_json::Value| {
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (method, body) in [
        (ach, with(account.clone(), json!({ "platform": "ach", "account_type": "checking" }))),
        (PayoutMethod::paypal("jo@example.com"), json!({ "platform": "paypal", "email": "jo@example.com" })),
        (PayoutMethod::VenmoPhone(PHONE.to_owned()), json!({ "platform": "venmo", "phone_number": PHONE })),
        (PayoutMethod::VenmoHandle("jo-doe".to_owned()), json!({ "platform": "venmo", "handle": "jo-doe" })),
        (cash_app, with(account, json!({ "platform": "cash_app", "cash_tag": "$jo" }))),
    ] {
        dots.add_payout_method(&user, method.clone()).await.unwrap();
        assert_eq!(last_body(&sandbox), body);
        dots.add_payout_method(&user, method).as_default().with_auto_payout().await.unwrap();
        let options = json!({ "is_default": true, "auto_payout_enabled": true });
        assert_eq!(last_body(&sandbox), with(body, options));
    }
    // A user has one method per platform, and any number of bank accounts.
    assert_eq!(dots.list_payout_methods(&user).await.unwrap().len(), 4);
    let user = dots.fetch_user(&user).await.unwrap();
    assert_eq!(user.default_payout_method, Some(Rail::CashApp));
}

#[tokio::test]
async fn the_w9_of_a_person_and_of_a_business_are_taken() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    let address = json!({
        "line_1": "1 Main Street", "line_2": "Floor 2", "city": "Springfield", "state": "IL",
        "postcode": "62701", "country": "US",
    });
    dots.submit_w9(&user, individual("900112222")).await.unwrap();
    let person = json!({ "w9": {
        "entity_type": "individual", "first_name": "Jo", "last_name": "Doe", "date_of_birth": "1990-01-31",
        "tin": "900112222", "address": address,
    } });
    assert_eq!(last_body(&sandbox), person);
    let business = W9Form::business("Doe Ltd", "900113333", self::address());
    dots.submit_w9(&user, business).await.unwrap();
    let business = json!({ "w9": {
        "entity_type": "business", "business_name": "Doe Ltd", "tin": "900113333", "address": address,
    } });
    assert_eq!(last_body(&sandbox), business);
    let w9 = dots.fetch_user(&user).await.unwrap().into_inner().compliance.unwrap().w9.unwrap();
    assert_eq!((w9.entity_type, w9.tax_id_collected), (Some(TaxEntityType::Business), Some(true)));
}

#[tokio::test]
async fn a_w8ben_needs_a_tax_number_of_the_country_but_for_five_countries() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    let before = sandbox.requests().len();
    for empty in [None, Some(""), Some(" ")] {
        let error = refused_unsent(dots.submit_w8ben(&user, w8ben("DE", empty))).await;
        assert!(error.to_string().contains("`DE` needs a tax number"), "{error}");
    }
    for country in ["de", "DEU", "D", "", "D1"] {
        let error = refused_unsent(dots.submit_w8ben(&user, w8ben(country, Some("12345")))).await;
        assert!(error.to_string().contains("two capital letters"), "{error}");
    }
    assert_eq!(sandbox.requests().len(), before);
    for country in ["AU", "BM", "VG", "KY", "JP"] {
        dots.submit_w8ben(&user, w8ben(country, None)).await.unwrap();
    }
    dots.submit_w8ben(&user, w8ben("DE", Some("12345"))).await.unwrap();
    let form = &last_body(&sandbox)["w8ben"];
    assert_eq!((&form["foreign_tax_id"], form["address"].get("state")), (&json!("12345"), None));
    let signature = json!({ "consent": true, "name": "Jo Doe", "email": "jo@example.com" });
    assert_eq!(form["signature"], signature);
    let compliance = dots.fetch_user(&user).await.unwrap().into_inner().compliance.unwrap();
    assert_eq!(compliance.w8_ben_collected, Some(true));
}

#[tokio::test]
async fn an_address_is_stored_whole() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    dots.set_user_address(&user, address()).await.unwrap();
    let expected = json!({
        "line_1": "1 Main Street", "line_2": "Floor 2", "city": "Springfield", "state": "IL",
        "postcode": "62701", "country": "US",
    });
    assert_eq!(last_body(&sandbox), expected);
    let compliance = dots.fetch_user(&user).await.unwrap().into_inner().compliance.unwrap();
    assert_eq!(compliance.address_collected, Some(true));
}

#[tokio::test]
async fn a_text_whose_length_dots_does_not_limit_is_sent_however_long_it_is() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    let long = "n".repeat(1_000);
    let form = W9Form::business(&long, "900112222", address());
    dots.submit_w9(&user, form).await.unwrap();
    dots.set_user_address(&user, address_in(&long)).await.unwrap();
    dots.add_payout_method(&user, PayoutMethod::VenmoHandle(long.clone())).await.unwrap();
    assert_eq!(last_body(&sandbox)["handle"], long);
    assert_eq!(dots.list_payout_methods(&user).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_a_person_is_refused_unsent_and_not_shown() {
    let (sandbox, dots) = sandbox().await;
    let id = "3c90c3cc-0d44-4b50-8888-8dd25736052a".parse().unwrap();
    let long = "n".repeat(51);
    for name in ["", " ", "a\nb", "a\0b", &long] {
        refused_unsent(dots.create_user(name, "Doe", "jo@example.com", phone())).await;
        refused_unsent(dots.create_user("Jo", name, "jo@example.com", phone())).await;
    }
    for email in ["", "canary", "@canary", "canary@", "canary@a@b", "can ary@a", "canary@a\r\nX: y"] {
        let error = refused_unsent(dots.create_user("Jo", "Doe", email, phone())).await;
        assert!(!format!("{error}{error:?}").contains("canary"), "{error}");
        refused_unsent(dots.add_payout_method(&id, PayoutMethod::paypal(email))).await;
    }
    refused_unsent(dots.create_user("Jo", "Doe", "jo@example.com", Phone::new("+1", PHONE))).await;
    for username in ["", "jo_doe", "jo doe", "jö", &long] {
        refused_unsent(dots.create_user("Jo", "Doe", "jo@example.com", phone()).username(username)).await;
    }
    for code in ["", "12345", "12345\0"] {
        refused_unsent(dots.verify_user(&id, code)).await;
    }
    for tin in ["", "12345678", "1234567890", "900-11-22", "٩٠٠١١٢٢٢٢"] {
        let error = refused_unsent(dots.submit_w9(&id, individual(tin))).await;
        assert!(tin.is_empty() || !format!("{error}{error:?}").contains(tin), "{error}");
    }
    for (routing_number, account_number, why) in [
        ("11000000", "1", "the routing number must be 9 digits"),
        ("110000000", "", "the account number must be 1 to 17 digits"),
        ("110000000", "12-34", "the account number must be 1 to 17 digits"),
    ] {
        let method = PayoutMethod::ach(routing_number, account_number, BankAccountType::Savings);
        let error = refused_unsent(dots.add_payout_method(&id, method)).await;
        assert!(error.to_string().contains(why), "{error}");
    }
    refused_unsent(dots.set_user_address(&id, address_without_state())).await;
    for line_1 in ["", " ", "1 Main\nStreet"] {
        refused_unsent(dots.set_user_address(&id, address_in(line_1))).await;
    }
    for handle in ["", " ", "a\0b"] {
        let method = PayoutMethod::VenmoHandle(handle.to_owned());
        refused_unsent(dots.add_payout_method(&id, method)).await;
    }
    assert_eq!(sandbox.requests(), []);
}

#[tokio::test]
async fn no_debug_of_a_form_a_method_or_a_call_shows_a_person() {
    let (_sandbox, dots) = sandbox().await;
    let id = "3c90c3cc-0d44-4b50-8888-8dd25736052a".parse().unwrap();
    let method = PayoutMethod::ach("110000000", "000123456789", BankAccountType::Checking);
    let shown = format!(
        "{method:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        dots.add_payout_method(&id, method.clone()),
        individual("900112222"),
        dots.submit_w9(&id, individual("900112222")),
        w8ben("DE", Some("98765")),
        dots.submit_w8ben(&id, w8ben("DE", Some("98765"))),
        dots.create_user("Jo", "Doe", "jo@example.com", phone()),
        dots.set_user_address(&id, address()),
    );
    for secret in
        ["110000000", "000123456789", "900112222", "98765", "1990", "jo@example.com", PHONE, "Main", "62701"]
    {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}
