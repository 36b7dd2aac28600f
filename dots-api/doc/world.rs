// What stands around the example of each operation: an offline sandbox, a client of it, and what the call needs there.
// The examples include this file, so it is no part of the library.

/// Makes one call in a new world; the sandbox has to carry it out.
fn run<F>(operation: &'static str, example: F)
where
    F: AsyncFnOnce(dots_api::Client, World) -> Result<(), Box<dyn std::error::Error>>,
{
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let sandbox = dots_sandbox::Sandbox::builder().organization_funds(100_000).start().await.unwrap();
        // Done by the examples before, if they run in one process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Http(reqwest::Client::new());
        let client = dots_api::Client::with_transport(&sandbox.url(), std::sync::Arc::new(http)).unwrap();
        let credential = http::HeaderValue::from_static(CREDENTIAL);
        let client = client.with_header(http::header::AUTHORIZATION, credential);
        let (url, app) = (sandbox.url(), sandbox.app_id());
        let world = World { operation, url, app, http: reqwest::Client::new(), vendor: Default::default() };
        world.prepare().await.unwrap();
        example(client, world).await.unwrap();
        let transcript = sandbox.transcript();
        let last = transcript.lines().last().unwrap();
        assert!(last.contains(" -> 2"), "{operation}: {last}");
    });
}

const CREDENTIAL: &str = "Basic cGtfZGV2X3NhbmRib3g6c2tfZGV2X3NhbmRib3g=";

/// A transport, as the feature `reqwest` has it.
#[derive(Debug)]
struct Http(reqwest::Client);

impl dots_api::Transport for Http {
    fn send(&self, request: dots_api::Request) -> dots_api::Exchange<'_> {
        let mut outgoing = reqwest::Request::new(request.operation.method.clone(), request.url);
        *outgoing.headers_mut() = request.headers;
        *outgoing.body_mut() = request.body.map(reqwest::Body::from);
        let pending = self.0.execute(outgoing);
        Box::pin(async move {
            let mut answer = pending.await?;
            let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
            Ok(dots_api::Response::new(status, headers, answer.bytes().await?))
        })
    }
}

/// The sandbox before the example: it makes the objects that the example names.
#[allow(dead_code)]
struct World {
    operation: &'static str,
    url: String,
    app: String,
    http: reqwest::Client,
    vendor: std::cell::RefCell<Option<dots_api::VendorId>>,
}

type Made<T> = Result<T, Box<dyn std::error::Error>>;

#[allow(dead_code)]
impl World {
    async fn call(&self, method: &str, path: &str, body: serde_json::Value) -> Made<serde_json::Value> {
        let request = self.http.request(method.parse()?, format!("{}{path}", self.url));
        let request = request.header("authorization", CREDENTIAL).header("content-type", "application/json");
        let request = if body.is_null() { request } else { request.body(body.to_string()) };
        let answer = request.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        assert!(status.is_success(), "{}: {method} {path}: {text}", self.operation);
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Creates an object and returns its id.
    async fn id<T>(&self, method: &str, path: &str, body: serde_json::Value) -> Made<T>
    where
        T: std::str::FromStr<Err: std::error::Error + 'static>,
    {
        let object = self.call(method, path, body).await?;
        let id = &object["id"];
        Ok(id.as_str().map_or_else(|| id.to_string(), str::to_owned).parse()?)
    }

    /// Makes what the operation needs beside its ids.
    async fn prepare(&self) -> Made<()> {
        let app = &self.app;
        if ["get_app_ach_account", "deposit_app_funds", "withdraw_app_funds"].contains(&self.operation) {
            let account = serde_json::json!({
                "account_number": "000123456789", "routing_number": "110000000", "account_type": "checking",
            });
            self.call("PUT", &format!("/v2/apps/{app}/ach-account"), account).await?;
        }
        Ok(())
    }

    async fn user_id(&self) -> Made<dots_api::UserId> {
        let person = serde_json::json!({
            "first_name": "Sample", "last_name": "Person", "email": "sample.person@example.com",
            "country_code": "1", "phone_number": "2025550139",
        });
        let user: dots_api::UserId = self.id("POST", "/v2/users", person).await?;
        let paypal = serde_json::json!({ "platform": "paypal", "email": "sample.person@example.com" });
        self.call("PUT", &format!("/v2/users/{user}/payout-methods"), paypal).await?;
        if self.operation == "verify_user" {
            let path = format!("/v2/users/{user}/send-verification-token");
            self.call("POST", &path, serde_json::json!({})).await?;
        }
        Ok(user)
    }

    async fn transfer_id(&self) -> Made<dots_api::TransferId> {
        if self.operation == "get_organization_transfer" {
            let body = serde_json::json!({ "api_app_id": self.app, "amount": -1_000 });
            return self.id("POST", "/v2/organization-transfers", body).await;
        }
        let user = self.user_id().await?;
        let body = serde_json::json!({ "user_id": user, "amount": -1_000 });
        self.id("POST", "/v2/transfers", body).await
    }

    async fn transaction_id(&self) -> Made<dots_api::TransactionId> {
        self.transfer_id().await?;
        let page = self.call("GET", "/v2/transactions", serde_json::Value::Null).await?;
        Ok(serde_json::from_value(page["data"][0]["id"].clone())?)
    }

    async fn flow_id(&self) -> Made<dots_api::FlowId> {
        self.id("POST", "/v2/flows", serde_json::json!({ "steps": ["compliance"] })).await
    }

    async fn payout_link_id(&self) -> Made<dots_api::PayoutLinkId> {
        let body = serde_json::json!({
            "amount": 5_000, "payee": { "country_code": "1", "phone_number": "2025550139" },
            "delivery": { "method": "sms" },
        });
        self.id("POST", "/v2/payout-links", body).await
    }

    async fn payout_batch_id(&self) -> Made<dots_api::PayoutBatchId> {
        let item = serde_json::json!({
            "user_id": self.user_id().await?, "amount": 5_000, "platform": "default", "fund": true,
            "idempotency_key": dots_api::IdempotencyKey::fresh().to_string(),
        });
        let body = serde_json::json!({
            "items": [item], "idempotency_key": dots_api::IdempotencyKey::fresh().to_string(),
        });
        self.id("POST", "/v2/payout-batches", body).await
    }

    async fn payout_request_id(&self) -> Made<dots_api::PayoutRequestId> {
        let payee = serde_json::json!({ "country_code": "1", "phone_number": "2025550139" });
        self.id("POST", "/v2/payout-requests", serde_json::json!({ "amount": 5_000, "payee": payee })).await
    }

    async fn transfer_batch_id(&self) -> Made<dots_api::TransferBatchId> {
        let item = serde_json::json!({ "user_id": self.user_id().await?, "amount": -1_000 });
        self.id("POST", "/v2/transfer-batches", serde_json::json!({ "items": [item] })).await
    }

    async fn payment_customer_id(&self) -> Made<dots_api::PaymentCustomerId> {
        let body = serde_json::json!({ "business_name": "Example Desks", "email": "office@example.com" });
        self.id("POST", "/v2/payment-customers", body).await
    }

    /// The sandbox's own app, or a new one where the example needs an app without papers.
    async fn app_id(&self) -> Made<dots_api::AppId> {
        let copies = ["get_app_compliance", "copy_app_compliance"].contains(&self.operation);
        let is_new = copies || self.operation.contains("compliance") || self.operation.contains("kyb");
        if !is_new {
            return Ok(self.app.parse()?);
        }
        let app: dots_api::AppId =
            self.id("POST", "/v2/apps", serde_json::json!({ "name": "Example Bakery" })).await?;
        if copies {
            let path = format!("/v2/organizations/copy-organization-compliance-to-app/{app}");
            self.call("PUT", &path, serde_json::Value::Null).await?;
        }
        Ok(app)
    }

    /// One vendor for all that is asked for.
    async fn vendor_id(&self) -> Made<dots_api::VendorId> {
        if let Some(known) = self.vendor.borrow().clone() {
            return Ok(known);
        }
        let address = serde_json::json!({
            "country": "US", "city": "Springfield", "state": "IL", "line_1": "100 Main Street", "postcode": "62701",
        });
        let body = serde_json::json!({ "name": "Example Paper Supply", "address": address });
        let vendor: dots_api::VendorId = self.id("POST", "/v2/accounts-payable/vendors", body).await?;
        *self.vendor.borrow_mut() = Some(vendor.clone());
        Ok(vendor)
    }

    async fn vendor_payment_method_id(&self) -> Made<dots_api::VendorPaymentMethodId> {
        let body = serde_json::json!({
            "name": "Main account", "ach_account_number": "000123456789", "ach_routing_number": "110000000",
            "ach_account_type": "checking",
        });
        let vendor = self.vendor_id().await?;
        self.id("POST", &format!("/v2/accounts-payable/vendors/{vendor}/payment-methods"), body).await
    }

    async fn approval_policy_id(&self) -> Made<dots_api::ApprovalPolicyId> {
        let body = serde_json::json!({
            "payable_conditions": [{ "type": "amount", "value": 1, "comparator": ">=" }],
            "approval_conditions": [{ "approver_list": [23], "num_approvals_required": 1 }],
        });
        self.id("POST", "/v2/accounts-payable/approval-policies", body).await
    }

    /// A payable, as far on its way as the operation needs it.
    async fn payable_id(&self) -> Made<dots_api::PayableId> {
        self.approval_policy_id().await?;
        let body = serde_json::json!({
            "acting_user_id": 41, "number": "INV-1001", "amount": 9_900, "funding_source": "dots_balance",
            "ap_vendor_id": self.vendor_id().await?, "ap_payment_method_id": self.vendor_payment_method_id().await?,
        });
        let payable: dots_api::PayableId = self.id("POST", "/v2/accounts-payable/payables", body).await?;
        let steps: &[(&str, i64)] = match self.operation {
            "approve_payable" | "reject_payable" => &[("submit-for-approval", 41)],
            "pay_payable" => &[("submit-for-approval", 41), ("approve", 23)],
            _ => &[],
        };
        for (step, person) in steps {
            let path = format!("/v2/accounts-payable/payables/{payable}/{step}");
            self.call("POST", &path, serde_json::json!({ "acting_user_id": person })).await?;
        }
        if self.operation == "delete_payable_file" {
            let path = format!("/v2/accounts-payable/payables/{payable}/file");
            self.call("POST", &path, serde_json::json!({ "file": "JVBERi0xLjc=" })).await?;
        }
        Ok(payable)
    }
}
