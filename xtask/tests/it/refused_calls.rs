//! What the client would send otherwise than the document says, or could not name, is refused with its place.

use crate::support::{assert_refused, operation, parameters, paths, schemas};

fn get(path: &str, id: &str) -> String {
    format!(
        "{path}: {{ get: {{ operationId: {id}, tags: [things], responses: {{ '200': {{ description: ok }} }} }} }}"
    )
}

#[test]
fn an_operation_id_whose_type_would_hide_one_of_the_runtime_is_refused() {
    for id in ["client", "operation", "response", "cents", "option", "user_id", "client_error", "pagination"]
    {
        let phrase = format!("`{id}` cannot be the name of a type");
        assert_refused(&paths(&get("/a", id)), "/paths/~1a/get/operationId", &phrase);
    }
}

#[test]
fn a_path_that_would_not_be_sent_as_it_is_is_refused() {
    let signs =
        [("/a?x=1", '?'), ("/a#x", '#'), ("/a b", ' '), ("/ä", 'ä'), ("/a%2fb", '%'), ("/a\\\\b", '\\')];
    for (path, sign) in signs {
        let pointer = format!("/paths/{}", path.replace('/', "~1").replace("\\\\", "\\"));
        assert_refused(&paths(&get(&format!("\"{path}\""), "get_a")), &pointer, &format!("has a `{sign}`"));
    }
    for path in ["/a/../b", "/./a", "/a/.."] {
        let pointer = format!("/paths/{}", path.replace('/', "~1"));
        assert_refused(&paths(&get(path, "get_a")), &pointer, "a segment of dots");
    }
}

#[test]
fn two_paths_that_differ_in_the_names_of_parameters_alone_are_refused() {
    let of = |name: &str, method: &str| {
        format!(
            "/a/{{{name}}}: {{ {method}: {{ operationId: {method}_a, tags: [things], \
             parameters: [{{ name: {name}, in: path, required: true, schema: {{ type: string }} }}], \
             responses: {{ '200': {{ description: ok }} }} }} }}"
        )
    };
    let document = paths(&format!("{}\n{}", of("id", "get"), of("name", "delete")));
    assert_refused(&document, "/paths/~1a~1{name}", "both become `/a/{}`");
}

#[test]
fn a_method_that_the_client_does_not_send_is_refused() {
    for method in ["head", "options", "trace"] {
        let document = paths(&get("/a", "get_a").replace("{ get:", &format!("{{ {method}:")));
        assert_refused(&document, &format!("/paths/~1a/{method}"), &format!("the method `{method}`"));
    }
    let body = "requestBody: { required: true, content: { application/json: { schema: { type: object } } } }";
    let document = operation(body).replace("  post:", "  get:");
    assert_refused(&document, "/paths/~1things/get/requestBody", "a body of a GET");
}

#[test]
fn a_header_that_the_client_sets_itself_is_refused() {
    for name in ["Authorization", "accept", "Content-Type"] {
        let document =
            parameters("/a", &format!("- {{ name: {name}, in: header, schema: {{ type: string }} }}"));
        assert_refused(&document, "/paths/~1a/get/parameters/0", &format!("the header `{name}`"));
    }
}

#[test]
fn another_security_than_basic_is_refused() {
    let schemes = "\ncomponents: { securitySchemes: { basic: { type: http, scheme: Basic }, bearer: { type: http, scheme: bearer } } }\n";
    for name in ["bearer", "unknown"] {
        let document = operation(&format!("security: [{{ basic: [] }}, {{ {name}: [] }}]")) + schemes;
        assert_refused(
            &document,
            "/paths/~1things/post/security/1",
            &format!("`{name}`, which is not HTTP Basic"),
        );
    }
    let document = operation("") + schemes + "security: [{ bearer: [] }]\n";
    assert_refused(&document, "/security/0", "`bearer`, which is not HTTP Basic");
}

#[test]
fn a_key_that_the_client_would_not_find_is_refused() {
    let body = |schema: &str| {
        format!("requestBody: {{ required: true, content: {{ application/json: {{ schema: {schema} }} }} }}")
    };
    let key = "{ type: object, properties: { idempotencyKey: { type: string, format: uuid } } }";
    for inner in [format!("{{ payment: {key} }}"), format!("{{ payments: {{ type: array, items: {key} }} }}")]
    {
        let document = operation(&body(&format!("{{ type: object, properties: {inner} }}")));
        assert_refused(&document, "/paths/~1things/post", "in an inner object alone");
    }
    let both = format!(
        "{{ type: object, properties: {{ idempotency_key: {{ type: string, format: uuid, x-type: IdempotencyKey }}, \
         items: {{ type: array, items: {key} }} }} }}"
    );
    let document = operation(&format!("x-idempotency: unspecified\n{}", body(&both)));
    assert_refused(&document, "/paths/~1things/post", "`idempotencyKey` of its body is not marked as a key");
}

#[test]
fn a_number_that_is_named_like_money_is_refused_without_a_unit() {
    for (name, kind) in
        [("amount", "number"), ("feeAmount", "integer"), ("unit_price", "number"), ("fees", "integer")]
    {
        let document =
            schemas(&format!("A: {{ type: object, properties: {{ {name}: {{ type: {kind} }} }} }}"));
        assert_refused(
            &document,
            &format!("/components/schemas/A/properties/{name}"),
            "no mark says in which unit",
        );
    }
}
