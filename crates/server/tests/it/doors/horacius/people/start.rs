use super::{ORIGIN, signed_in};
use crate::support::{Browser, TestServer};

#[tokio::test]
async fn start_page_shows_the_applications_of_the_organization_to_whoever_signs_in() {
    let server = TestServer::start().await;
    let stranger = Browser::new(&server).get(&format!("{ORIGIN}/")).await;
    assert!(stranger.body().contains(r#"type="password""#) && !stranger.body().contains("dante"));
    let (mut browser, page) = signed_in(&server, "/").await;
    assert_eq!(page.text("user").as_deref(), Some("bia@example.com"));
    // One with a home page, one whose sign-on begins here by each protocol; an OAuth client without a page is not there.
    let applications = page.text("applications").unwrap();
    assert!(
        applications.contains("30251233") && applications.contains("mail"),
        "{applications}"
    );
    assert!(!applications.contains("dante"), "{applications}");
    let handed = browser
        .get(&format!("{ORIGIN}/idp/saml/redirect/sso/mail"))
        .await;
    assert!(handed.body().contains("SAMLResponse"));
}
