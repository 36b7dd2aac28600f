//! Each document on which the generator would panic, or that it would misread, is refused with its place.
//!
//! - the file itself, and what is not OpenAPI 3.0
//! - keys, extensions and references
//! - operations, parameters, bodies, responses
//! - schemas, enums, names

use crate::support::{
    accept, assert_only_problem, assert_refused, operation, parameters, paths, schemas, workspace,
};

/// One test per line: its name, the document, where the problem is, and a phrase of the message.
macro_rules! refused {
    ($($name:ident: $document:expr => $pointer:expr, $phrase:expr;)*) => {$(
        #[test]
        fn $name() {
            assert_refused(&$document, $pointer, $phrase);
        }
    )*};
}

// ---- The file itself, and what is not OpenAPI 3.0 ------------------------------------------------------------

refused! {
    broken_yaml_is_refused_with_line_and_column:
        "openapi: 3.0.3\ninfo: ]\n" => "openapi/dots.yaml:2:7", "not YAML";
    a_key_written_twice_is_refused:
        "openapi: 3.0.3\nopenapi: 3.0.3\n" => "openapi/dots.yaml:2:1", "not YAML";
    yaml_that_is_not_openapi_is_refused:
        "hello: world" => "", "`openapi` is missing";
    a_document_of_another_version_is_refused:
        "openapi: 2.0.0\ninfo: { title: t, version: '1' }\npaths: {}" => "/openapi", "`2.0.0` is neither OpenAPI 3.0";
    a_document_without_info_is_refused:
        "openapi: 3.0.3\npaths: {}" => "", "missing field `info`";
    a_broken_schema_is_refused_at_its_own_place:
        schemas("A: { type: object, properties: { b: { type: string, maxLength: many } } }")
        => "/components/schemas/A/properties/b", "not OpenAPI";
    a_broken_operation_is_refused_at_its_own_place:
        operation("deprecated: perhaps") => "/paths/~1things/post", "not OpenAPI";
}

#[test]
fn a_missing_document_is_refused_with_its_name() {
    let root = tempfile::tempdir().unwrap();
    assert_only_problem(accept(root.path()), "openapi/dots.yaml", "missing");
}

#[test]
fn a_missing_overlay_is_refused_with_its_name() {
    let root = workspace(&operation(""), "");
    std::fs::remove_file(root.path().join("openapi/overlay.yaml")).unwrap();
    assert_only_problem(accept(root.path()), "openapi/overlay.yaml", "missing");
}

#[test]
fn json_needs_no_mark_of_its_end_and_is_refused_wherever_it_was_cut() {
    let root = workspace("", crate::support::PLAIN_OVERLAY);
    let document = serde_json::json!({
        "openapi": "3.0.3",
        "info": { "title": "t", "version": "1" },
        "paths": {},
        "components": { "schemas": { "A": { "type": "object" } } },
    });
    let text = format!("{document:#}\n");
    let file = root.path().join("openapi/dots.yaml");
    std::fs::write(&file, &text).unwrap();
    accept(root.path()).unwrap();
    let mut rest = text.trim_end().to_owned();
    while rest.pop().is_some() && !rest.is_empty() {
        std::fs::write(&file, &rest).unwrap();
        let problems = accept(root.path()).unwrap_err();
        assert!(problems.to_string().starts_with("openapi/dots.yaml:"), "{rest}\n{problems}");
    }
}

#[test]
fn small_documents_without_a_fault_are_accepted() {
    let documents = [
        operation(""),
        operation(
            "responses: { '200': { description: ok }, 4XX: { description: no }, 5XX: { description: no } }",
        ),
        operation(
            "requestBody: { required: true, content: { application/json: { schema: { type: object } } } }",
        ),
        operation(
            "x-hand-written: true\nrequestBody: { content: { multipart/form-data: { schema: { type: object } } } }",
        ),
        operation("x-hand-written: true\nparameters: [{ $ref: '#/components/parameters/Key' }]")
            + "components: { parameters: { Key: { name: Idempotency-Key, in: header, required: true, schema: { type: string } } } }\n",
        parameters(
            "/apps/{api_app_id}",
            "- { name: api_app_id, in: path, required: true, schema: { type: string } }\n\
             - { name: Api-App-Id, in: header, schema: { type: string } }",
        ),
        schemas(
            "A: { type: object, properties: { kind: { type: string, enum: ['<=', '>='], x-name: Sign, x-enum-varnames: [AtMost, AtLeast] } } }",
        ),
        schemas("A: { allOf: [{ $ref: '#/components/schemas/B' }], nullable: true }\nB: { type: object }"),
        schemas(
            "A: { type: object, properties: { a: { type: array, items: { $ref: '#/components/schemas/A' } } } }",
        ),
    ];
    for document in documents {
        if let Err(problems) = accept(workspace(&document, crate::support::PLAIN_OVERLAY).path()) {
            panic!("{document}\nwas refused:\n{problems}");
        }
    }
}

// ---- Keys, extensions and references -------------------------------------------------------------------------

refused! {
    a_misspelt_key_is_refused:
        schemas("A: { type: string, maxLenght: 3 }") => "/components/schemas/A/maxLenght", "does not read";
    an_unknown_mark_is_refused:
        operation("x-idempotent: true") => "/paths/~1things/post/x-idempotent", "unknown extension";
    a_mark_on_the_wrong_kind_of_object_is_refused:
        schemas("A: { type: string, x-pagination: cursor }") => "/components/schemas/A/x-pagination", "unknown extension";
    a_mark_with_an_unknown_value_is_refused:
        operation("x-pagination: pages") => "/paths/~1things/post/x-pagination", "does not take `pages`";
    a_mark_that_is_not_true_is_refused:
        schemas("A: { type: string, x-sensitive: yes please }")
        => "/components/schemas/A/x-sensitive", "does not take";
    a_type_mark_that_is_no_name_is_refused:
        schemas("A: { type: string, x-type: user id }") => "/components/schemas/A/x-type", "does not take `user id`";
    a_reference_that_leads_nowhere_is_refused:
        schemas("A: { type: object, properties: { b: { $ref: '#/components/schemas/B' } } }")
        => "/components/schemas/A/properties/b/$ref", "leads nowhere";
    a_reference_to_another_document_is_refused:
        schemas("A: { $ref: 'other.yaml#/components/schemas/B' }") => "/components/schemas/A/$ref", "another document";
    a_reference_to_another_kind_of_component_is_refused:
        schemas("A: { $ref: '#/components/parameters/B' }")
        => "/components/schemas/A/$ref", "does not lead to `#/components/schemas/";
    a_null_beside_a_reference_is_refused:
        schemas("A: { type: string }\nB: { $ref: '#/components/schemas/A', nullable: true }")
        => "/components/schemas/B/nullable", "beside a `$ref`";
    a_description_beside_a_response_by_reference_is_refused:
        operation("responses: { '200': { $ref: '#/components/responses/Ok', description: lost } }\n")
            + "components: { responses: { Ok: { description: ok } } }\n"
        => "/paths/~1things/post/responses/200/description", "beside a `$ref`";
    a_response_by_reference_that_leads_nowhere_is_refused:
        operation("responses: { '200': { $ref: '#/components/responses/Ok' } }")
        => "/paths/~1things/post/responses/200/$ref", "leads nowhere";
    a_schema_that_stands_for_itself_is_refused:
        schemas("A: { allOf: [{ $ref: '#/components/schemas/A' }] }") => "/components/schemas/A", "stands for itself";
}

// ---- Operations and parameters -------------------------------------------------------------------------------

refused! {
    a_missing_operation_id_is_refused:
        paths("/a: { get: { tags: [things], responses: { '200': { description: ok } } } }")
        => "/paths/~1a/get", "no `operationId`";
    an_operation_id_that_is_a_keyword_is_refused:
        paths("/a: { get: { operationId: move, tags: [things], responses: { '200': { description: ok } } } }")
        => "/paths/~1a/get/operationId", "`move` cannot be the name of a method";
    an_operation_id_that_the_client_has_anyway_is_refused:
        paths("/a: { get: { operationId: request, tags: [things], responses: { '200': { description: ok } } } }")
        => "/paths/~1a/get/operationId", "`request` cannot be the name of a method";
    an_operation_id_given_twice_is_refused:
        paths("/a: { get: { operationId: get_thing, tags: [things], responses: { '200': { description: ok } } } }\n\
               /b: { get: { operationId: get_thing, tags: [things], responses: { '200': { description: ok } } } }")
        => "/paths/~1b/get/operationId", "both become `get_thing`";
    an_operation_without_a_tag_is_refused:
        paths("/a: { get: { operationId: get_thing, responses: { '200': { description: ok } } } }")
        => "/paths/~1a/get/tags", "0 tags";
    a_tag_that_is_not_declared_is_refused:
        paths("/a: { get: { operationId: get_thing, tags: [stuff], responses: { '200': { description: ok } } } }")
        => "/paths/~1a/get/tags/0", "`stuff` is not declared";
    broken_braces_in_a_path_are_refused:
        paths("/a/{b: { get: { operationId: get_thing, tags: [things], responses: { '200': { description: ok } } } }")
        => "/paths/~1a~1{b", "braces";
    a_name_in_the_path_without_a_parameter_is_refused:
        parameters("/a/{b}", "- { name: c, in: query, schema: { type: string } }")
        => "/paths/~1a~1{b}/get", "`{b}` stands in the path";
    a_path_parameter_that_is_not_in_the_path_is_refused:
        parameters("/a", "- { name: b, in: path, required: true, schema: { type: string } }")
        => "/paths/~1a/get/parameters/0", "does not stand in the path";
    a_path_parameter_that_is_not_required_is_refused:
        parameters("/a/{b}", "- { name: b, in: path, schema: { type: string } }")
        => "/paths/~1a~1{b}/get/parameters/0", "not required";
    parameters_that_are_equal_in_snake_case_are_refused:
        parameters("/a/{userId}", "- { name: userId, in: path, required: true, schema: { type: string } }\n\
                                   - { name: user_id, in: query, schema: { type: string } }")
        => "/paths/~1a~1{userId}/get/parameters/1", "both become `user_id`";
    a_parameter_named_like_the_body_is_refused:
        operation("parameters: [{ name: body, in: query, schema: { type: string } }]\n\
                   requestBody: { required: true, content: { application/json: { schema: { type: object } } } }")
        => "/paths/~1things/post/parameters/0", "both become `body`";
    a_cookie_parameter_is_refused:
        parameters("/a", "- { name: b, in: cookie, schema: { type: string } }")
        => "/paths/~1a/get/parameters/0", "cookie";
    a_parameter_with_content_is_refused:
        parameters("/a", "- { name: b, in: query, content: { application/json: { schema: { type: string } } } }")
        => "/paths/~1a/get/parameters/0/content", "with `content`";
    a_parameter_style_that_is_not_written_is_refused:
        parameters("/a", "- { name: b, in: query, style: spaceDelimited, schema: { type: string } }")
        => "/paths/~1a/get/parameters/0/style", "`spaceDelimited`";
    an_object_in_a_query_is_refused:
        parameters("/a", "- { name: b, in: query, schema: { type: object } }")
        => "/paths/~1a/get/parameters/0/schema", "an object";
}

#[test]
fn operation_ids_that_are_equal_in_snake_case_are_refused() {
    let document = paths(
        "/a: { get: { operationId: getThing, tags: [things], responses: { '200': { description: ok } } } }\n\
         /b: { get: { operationId: get_thing, tags: [things], responses: { '200': { description: ok } } } }",
    );
    let problems = accept(workspace(&document, crate::support::PLAIN_OVERLAY).path()).unwrap_err();
    let said: Vec<_> = problems.iter().map(|it| (it.pointer.as_str(), it.what.as_str())).collect();
    assert_eq!(
        said,
        [(
            "/paths/~1b/get/operationId",
            "the operation ids `get_thing` and `getThing` (at /paths/~1a/get/operationId) both become `get_thing`",
        ),]
    );
}

// ---- Bodies and responses ------------------------------------------------------------------------------------

refused! {
    two_media_types_in_one_body_are_refused:
        operation("requestBody: { required: true, content: { application/json: { schema: {} }, text/csv: { schema: {} } } }")
        => "/paths/~1things/post/requestBody/content", "2 media types";
    a_multipart_body_is_refused:
        operation("requestBody: { required: true, content: { multipart/form-data: { schema: {} } } }")
        => "/paths/~1things/post/requestBody/content/multipart~1form-data", "multipart";
    another_media_type_is_refused:
        operation("requestBody: { required: true, content: { text/csv: { schema: {} } } }")
        => "/paths/~1things/post/requestBody/content/text~1csv", "not generated";
    an_optional_body_is_refused:
        operation("requestBody: { content: { application/json: { schema: {} } } }")
        => "/paths/~1things/post/requestBody", "optional body";
    a_body_without_a_schema_is_refused:
        operation("requestBody: { required: true, content: { application/json: {} } }")
        => "/paths/~1things/post/requestBody/content/application~1json", "without a `schema`";
    an_encoding_is_refused:
        operation("requestBody: { required: true, content: { application/json: { schema: {}, encoding: { a: {} } } } }")
        => "/paths/~1things/post/requestBody/content/application~1json/encoding", "`encoding`";
    several_success_types_are_refused:
        operation("responses:\n  '200': { description: ok, content: { application/json: { schema: { type: string } } } }\n\
                   \x20 '201': { description: ok, content: { application/json: { schema: { type: integer } } } }")
        => "/paths/~1things/post/responses", "several success types";
    a_success_with_and_one_without_content_are_refused:
        operation("responses:\n  '200': { description: ok, content: { application/json: { schema: { type: string } } } }\n\
                   \x20 '202': { description: ok }")
        => "/paths/~1things/post/responses", "several success types";
    several_error_types_are_refused:
        operation("responses:\n  '200': { description: ok }\n  4XX: { description: no }\n\
                   \x20 5XX: { description: no, content: { application/json: { schema: { type: integer } } } }")
        => "/paths/~1things/post/responses", "several error types";
    two_media_types_in_one_response_are_refused:
        operation("responses: { '200': { description: ok, content: { application/json: { schema: {} }, text/csv: { schema: {} } } } }")
        => "/paths/~1things/post/responses/200/content", "2 media types";
    a_response_without_a_schema_is_refused:
        operation("responses: { '200': { description: ok, content: { application/json: {} } } }")
        => "/paths/~1things/post/responses/200/content/application~1json", "without a `schema`";
    a_redirect_is_refused:
        operation("responses: { '200': { description: ok }, '302': { description: elsewhere } }")
        => "/paths/~1things/post/responses/302", "neither a success nor an error";
    an_operation_without_a_success_is_refused:
        operation("responses: { '400': { description: no } }")
        => "/paths/~1things/post/responses", "no 2XX response";
}

// ---- Idempotency, pagination, events -------------------------------------------------------------------------

refused! {
    a_keyed_operation_without_its_mark_is_refused:
        operation("requestBody: { required: true, content: { application/json: { schema: { type: object, properties: { idempotency_key: { type: string } } } } } }")
        => "/paths/~1things/post", "no `x-idempotency`";
    a_mark_on_an_operation_without_a_key_is_refused:
        operation("x-idempotency: returns-existing") => "/paths/~1things/post/x-idempotency", "no `idempotency_key`";
    a_list_with_cursors_without_its_mark_is_refused:
        operation("parameters: [{ name: starting_after, in: query, schema: { type: string } }]")
        => "/paths/~1things/post", "no `x-pagination`";
    a_cursor_mark_on_an_operation_without_cursors_is_refused:
        operation("x-pagination: cursor") => "/paths/~1things/post/x-pagination", "without the parameter";
    an_event_that_its_body_names_otherwise_is_refused:
        schemas("A: { type: object, x-event: a.made, properties: { event: { type: string, enum: [a.done] } } }")
        => "/components/schemas/A/x-event", "takes other values";
    another_spelling_of_no_event_is_refused:
        schemas("A: { type: object, x-event-alias: a.made }") => "/components/schemas/A/x-event-alias", "without `x-event`";
    another_form_of_no_event_is_refused:
        schemas("A: { type: object, x-event-form: a.made }") => "/components/schemas/A/x-event-form", "not another form";
}

// ---- Schemas -------------------------------------------------------------------------------------------------

refused! {
    a_format_without_a_type_is_refused:
        schemas("A: { format: uuid }") => "/components/schemas/A/format", "`format` without `type`";
    a_list_of_types_as_in_3_1_is_refused:
        parameters("/a", "- { name: b, in: header, schema: { type: text } }")
        => "/paths/~1a/get/parameters/0/schema/type", "`text` is not one of OpenAPI 3.0";
    a_keyword_that_does_not_fit_its_type_is_refused:
        schemas("A: { type: integer, maxLength: 3 }") => "/components/schemas/A/maxLength", "says nothing about";
    an_invalid_pattern_is_refused:
        schemas("A: { type: string, pattern: '[a-' }") => "/components/schemas/A/pattern", "is not valid";
    bounds_that_no_value_meets_are_refused:
        schemas("A: { type: integer, minimum: 3, maximum: 2 }") => "/components/schemas/A/minimum", "no value fits";
    an_exclusive_bound_without_a_bound_is_refused:
        schemas("A: { type: integer, exclusiveMinimum: true }")
        => "/components/schemas/A/exclusiveMinimum", "without a bound";
    a_default_of_another_type_is_refused:
        schemas("A: { type: object, properties: { b: { type: boolean, default: perhaps } } }")
        => "/components/schemas/A/properties/b/default", "is not a value of this schema";
    an_array_without_items_is_refused:
        schemas("A: { type: array }") => "/components/schemas/A", "without `items`";
    a_negation_is_refused:
        schemas("A: { not: { type: string } }") => "/components/schemas/A/not", "`not`";
    a_discriminator_is_refused:
        schemas("A: { oneOf: [{ type: string }], discriminator: { propertyName: kind } }")
        => "/components/schemas/A/discriminator", "does not read";
    a_composition_without_parts_is_refused:
        schemas("A: { allOf: [] }") => "/components/schemas/A/allOf", "without parts";
    two_compositions_in_one_schema_are_refused:
        schemas("A: { allOf: [{ type: object }], oneOf: [{ type: object }] }") => "/components/schemas/A", "2 of `allOf`";
    a_type_beside_a_composition_is_refused:
        schemas("A: { type: object, oneOf: [{ type: object }] }") => "/components/schemas/A/type", "beside `oneOf`";
    a_part_of_several_that_is_no_object_is_refused:
        schemas("A: { allOf: [{ type: object }, { type: string }] }") => "/components/schemas/A/allOf/1", "not a plain object";
    a_property_in_two_parts_is_refused:
        schemas("A: { allOf: [{ $ref: '#/components/schemas/B' }, { type: object, properties: { c: { type: integer } } }] }\n\
                 B: { type: object, properties: { c: { type: string } } }")
        => "/components/schemas/A/allOf/1", "stands in two parts";
}

// ---- Enums ---------------------------------------------------------------------------------------------------

refused! {
    enum_values_that_are_equal_in_pascal_case_are_refused:
        schemas("A: { type: string, enum: [in_review, in-review] }")
        => "/components/schemas/A/enum/1", "both become `InReview`";
    enum_values_without_a_letter_are_refused:
        schemas("A: { type: string, enum: [at_most, '<='] }") => "/components/schemas/A/enum/1", "no letter or digit";
    too_few_variant_names_are_refused:
        schemas("A: { type: string, enum: ['<=', '>='], x-name: Sign, x-enum-varnames: [AtMost] }")
        => "/components/schemas/A/x-enum-varnames", "1 names for 2 values";
    variant_names_without_a_type_name_are_refused:
        schemas("A: { type: string, enum: ['<='], x-enum-varnames: [AtMost] }")
        => "/components/schemas/A/x-enum-varnames", "without `x-name`";
    equal_variant_names_are_refused:
        schemas("A: { type: string, enum: ['<=', '>='], x-name: Sign, x-enum-varnames: [Most, Most] }")
        => "/components/schemas/A/x-enum-varnames/1", "both become `Most`";
    an_enum_of_numbers_is_refused:
        schemas("A: { type: string, enum: [1] }") => "/components/schemas/A/enum/0", "`1` is not a string";
    an_enum_without_values_is_refused:
        schemas("A: { type: string, enum: [] }") => "/components/schemas/A/enum", "without values";
    an_enum_value_that_breaks_its_own_pattern_is_refused:
        schemas("A: { type: string, enum: [a, b], pattern: '^a$' }") => "/components/schemas/A/enum/1", "the schema's own pattern";
    enums_of_one_name_with_different_values_are_refused:
        schemas("A: { type: string, enum: [a, b], x-name: Ab }\nB: { type: string, enum: [a, c], x-name: Ab }")
        => "/components/schemas/B/enum", "other values here than at /components/schemas/A: they differ in `b`, `c`";
    a_name_on_a_schema_that_is_no_enum_is_refused:
        schemas("A: { type: string, x-name: B }") => "/components/schemas/A/x-name", "without `enum`";
}

// ---- Names ---------------------------------------------------------------------------------------------------

refused! {
    schema_names_that_are_equal_in_pascal_case_are_refused:
        schemas("user_page: { type: object }\nUserPage: { type: object }")
        => "/components/schemas/user_page", "both become `UserPage`";
    property_names_that_are_equal_in_snake_case_are_refused:
        schemas("A: { type: object, properties: { created_at: { type: string }, createdAt: { type: string } } }")
        => "/components/schemas/A/properties/created_at", "both become `created_at`";
    a_required_property_that_is_not_described_is_refused:
        schemas("A: { type: object, required: [b] }") => "/components/schemas/A/required/0", "not described";
    a_required_property_listed_twice_is_refused:
        schemas("A: { type: object, required: [b, b], properties: { b: { type: string } } }")
        => "/components/schemas/A/required/1", "both become `b`";
    a_property_whose_type_would_be_named_like_a_schema_is_refused:
        schemas("User: { type: object, properties: { status: { type: string, enum: [a] } } }\nUserStatus: { type: string }")
        => "/components/schemas/User/properties/status", "would be named `UserStatus`";
    a_name_mark_that_is_the_name_of_a_schema_is_refused:
        schemas("A: { type: object, properties: { b: { type: string, enum: [a], x-name: C } } }\nC: { type: string }")
        => "/components/schemas/A/properties/b/x-name", "is the name of the schema";
}
