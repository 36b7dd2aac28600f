//! Flows: pages hosted by Dots that lead a user through steps, such as a tax form or the choice of a payout method.

use dots_api::{
    CreateFlow, CreateFlowRequest, CreateFlowRequestStepsItem, FlowId, FlowStep, GetFlow, Metadata, UserId,
};

use crate::calls::prepared::Prepared;
use crate::dots::Dots;
use crate::policy::validate::{self, Check};

impl Dots {
    /// Creates a page that leads a user through these steps; the answer's `link` opens it.
    ///
    /// A step is a name, or a name with options. Without [`for_user`](Prepared::for_user) the page begins with a
    /// sign-in ([flows/overview]). The operation takes no idempotency key: after an unknown outcome, create another flow.
    /// The lost one does no harm, since no user has its link.
    ///
    /// # Errors
    /// Awaiting it returns an error when Dots refuses the flow. A step that is listed twice, `pdf-form-fill` without
    /// its template and `redirect` without its `http` address fail validation before anything is sent.
    ///
    /// # Examples
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = dots_sandbox::Sandbox::start().await?;
    /// # let dots = dots_api_ext::Dots::builder()
    /// #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
    /// #     .environment(sandbox.url().parse()?)
    /// #     .build()?;
    /// # use dots_api_ext::Phone;
    /// # let user = dots.create_user("Jo", "Doe", "jo@example.com", Phone::new("1", "2025550139")).await?;
    /// use dots_api_ext::dots_api::FlowStep;
    ///
    /// let flow = dots.create_flow([FlowStep::Compliance, FlowStep::ManagePayouts]).for_user(&user.id).await?;
    /// println!("open {}", flow.link.as_deref().unwrap_or("the dashboard"));
    ///
    /// // Later: how far is the user?
    /// let flow = dots.fetch_flow(&flow.id).await?;
    /// println!("{} of {} steps are done", flow.completed_steps.len(), flow.steps.len());
    /// # assert_eq!((flow.completed_steps.len(), flow.steps.len()), (0, 2));
    /// # Ok(()) }
    /// ```
    ///
    /// [flows/overview]: https://docs.dots.dev/flows/overview
    pub fn create_flow<S>(&self, steps: impl IntoIterator<Item = S>) -> Prepared<CreateFlow>
    where
        S: Into<CreateFlowRequestStepsItem>,
    {
        let steps: Vec<_> = steps.into_iter().map(Into::into).collect();
        let draft = check_steps(&steps).map(|()| CreateFlow::new(CreateFlowRequest::new(steps)));
        Prepared::new(self, draft)
    }

    /// Reads one flow, with the steps that the user has completed.
    ///
    /// # Errors
    /// Awaiting it returns an error when the flow does not exist or cannot be read.
    ///
    /// # Examples
    /// See [`create_flow`](Dots::create_flow).
    pub fn fetch_flow(&self, id: &FlowId) -> Prepared<GetFlow> {
        Prepared::new(self, validate::id(id).map(GetFlow::new))
    }
}

/// Setters of [`create_flow`](Dots::create_flow): the optional fields of a flow.
impl Prepared<CreateFlow> {
    /// Sets the user whom the flow is for; for 15 minutes the page then needs no sign-in
    /// ([apireference/flows/create-a-flow]).
    ///
    /// [apireference/flows/create-a-flow]: https://docs.dots.dev/apireference/flows/create-a-flow
    pub fn for_user(self, user: &UserId) -> Self {
        self.try_set(|operation| {
            operation.body.user_id = Some(validate::id(user)?);
            Ok(())
        })
    }

    /// Requires the user to sign in with a code in every case.
    pub fn require_auth(self) -> Self {
        self.set(|operation| operation.body.require_auth = Some(true))
    }

    /// Hides the link to the dashboard at the end.
    pub fn hide_dashboard(self) -> Self {
        self.set(|operation| operation.body.hide_go_to_dashboard_on_complete = Some(true))
    }

    /// Sets your own metadata, which Dots returns with the flow.
    pub fn metadata(self, metadata: impl Into<Metadata>) -> Self {
        self.set(|operation| operation.body.metadata = Some(metadata.into()))
    }
}

/// Refuses steps that Dots would not accept ([apireference/flows/create-a-flow]).
///
/// [apireference/flows/create-a-flow]: https://docs.dots.dev/apireference/flows/create-a-flow
fn check_steps(steps: &[CreateFlowRequestStepsItem]) -> Check {
    let mut seen = Vec::with_capacity(steps.len());
    for step in steps {
        let (name, template, address) = match step {
            CreateFlowRequestStepsItem::FlowStep(name) => (name, None, None),
            CreateFlowRequestStepsItem::FlowStepOptions(step) => {
                (&step.name, step.template_id.as_deref(), step.redirect_url.as_deref())
            }
            // A variant that a later version of the raw client may add.
            _ => continue,
        };
        if seen.contains(&name) {
            return Err(format!("the step `{name}` is listed twice"));
        }
        seen.push(name);
        let is_http =
            |text: &str| url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if *name == FlowStep::PdfFormFill && template.is_none_or(|id| id.trim().is_empty()) {
            return Err(format!("the step `{name}` needs the id of its template"));
        }
        if *name == FlowStep::Redirect && !address.is_some_and(is_http) {
            return Err(format!("the step `{name}` needs an address of `http` or `https`"));
        }
    }
    Ok(())
}
