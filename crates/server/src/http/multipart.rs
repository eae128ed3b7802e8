//! Forms as `multipart/form-data` (RFC 7578), from a body that is complete and within its limit.

use crate::http::body::BodyFault;
use crate::http::fields::Fields;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Request};
use hyper::header::CONTENT_TYPE;

/// The text fields of the form. A part without a name, or that is no text, is refused.
pub(super) async fn read(content_type: &str, bytes: Bytes) -> Result<Fields, BodyFault> {
    let request = Request::builder()
        .header(CONTENT_TYPE, content_type)
        .body(Body::from(bytes))
        .map_err(|_| BodyFault::Malformed)?;
    let mut multipart = Multipart::from_request(request, &())
        .await
        .map_err(|_| BodyFault::Malformed)?;
    let mut fields = Fields::default();
    while let Some(part) = multipart
        .next_field()
        .await
        .map_err(|_| BodyFault::Malformed)?
    {
        let name = part.name().ok_or(BodyFault::Malformed)?.to_owned();
        let value = part.bytes().await.map_err(|_| BodyFault::Malformed)?;
        let value = String::from_utf8(value.into()).map_err(|_| BodyFault::Malformed)?;
        fields.add(name, value).map_err(|_| BodyFault::Malformed)?;
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=x";

    #[tokio::test]
    async fn text_parts_are_fields() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"SAMLResponse\"\r\n\r\na+b=\r\n--x\r\nContent-Disposition: form-data; name=\"RelayState\"\r\n\r\n0\r\n--x--\r\n";
        let fields = read(TYPE, body.into()).await.unwrap();
        assert_eq!(fields.one("SAMLResponse"), Ok(Some("a+b=")));
        assert_eq!(fields.one("RelayState"), Ok(Some("0")));
    }

    #[tokio::test]
    async fn a_form_that_is_cut_off_is_malformed() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"SAMLResponse\"\r\n\r\na";
        assert_eq!(
            read(TYPE, body.into()).await.err(),
            Some(BodyFault::Malformed)
        );
    }
}
