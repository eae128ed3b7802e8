//! Requests of applications that sign with SHA-1: obeyed where it is set for the application, refused everywhere else.

use crate::support::{World, code, ok};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::declare::Application;
use identity::declare::reply::Reply;
use identity::declare::settings::Saml;
use identity::error::Answer;
use identity::guard;
use identity::reply::{Digest, Signature};
use identity::sso::{Asked, Came};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use saml::bindings::redirect::{Kind, Order, Outgoing, encode, encode_unsigned};
use saml::messages::AuthnRequest;
use xmldsig::algorithms::{DigestAlgorithm, Method, SignatureAlgorithm};
use xmldsig::generate::KeyAlgorithm;
use xmldsig::keys::{Requests, SigningKey};

/// Applications that sign their requests with one key: `old` and `half` are set to SHA-1, `new` is not.
struct Applications {
    world: World,
    key: SigningKey<Requests>,
}

impl Applications {
    async fn new() -> Self {
        let pkcs8 = KeyAlgorithm::Rsa2048.generate();
        let pair = rcgen::KeyPair::try_from(pkcs8.as_slice()).unwrap();
        let certificate = rcgen::CertificateParams::default().self_signed(&pair);
        let certificate = certificate.unwrap().der().to_vec();
        let application = |id: &str, reply| Application {
            id: id.into(),
            saml: Some(Saml {
                entity_id: format!("urn:{id}"),
                assertion_consumers: vec![format!("https://{id}.example.com/acs")],
                certificate: Some(STANDARD.encode(&certificate)),
                ..Saml::default()
            }),
            sign_requests: true,
            reply,
            ..Application::default()
        };
        let legacy = Reply {
            sha1: true,
            ..Reply::default()
        };
        let old = Reply {
            signature_algorithm: Some(Signature::RsaSha1),
            ..legacy.clone()
        };
        let half = Reply {
            digest_algorithm: Some(Digest::Sha1),
            ..legacy
        };
        let world = World::new().await;
        world
            .declare(|declared| {
                declared.organization[0].application.extend([
                    application("old", Some(old)),
                    application("half", Some(half)),
                    application("new", None),
                ]);
            })
            .await;
        let key = SigningKey::from_pkcs8(&pkcs8, certificate).unwrap();
        Self { world, key }
    }

    fn request(&self, id: &str) -> AuthnRequest {
        AuthnRequest {
            id: "_request".into(),
            issue_instant: self.world.moment.now,
            issuer: format!("urn:{id}"),
            destination: Some(self.world.idp.sso[0].clone()),
            acs_url: None,
            acs_index: None,
            protocol_binding: None,
            force_authn: false,
            is_passive: false,
            name_id_policy: None,
            requested_classes: Vec::new(),
        }
    }

    async fn judge(&self, came: Came<'_>) -> Answer<Asked> {
        let (moment, idp) = (&self.world.moment, &self.world.idp);
        self.world.service.judge_request(moment, idp, came).await
    }

    async fn redirected(&self, id: &str, algorithm: SignatureAlgorithm) -> Answer<Asked> {
        let xml = self.request(id).to_xml().unwrap();
        let query = encode(outgoing(&xml), &self.key, algorithm, Order::Standard);
        self.judge(Came::Redirect(&query.unwrap())).await
    }

    /// As HORACIUS's document prints it: no parameter names the algorithm.
    async fn unnamed(&self, id: &str, algorithm: SignatureAlgorithm) -> Answer<Asked> {
        let xml = self.request(id).to_xml().unwrap();
        let query = encode_unsigned(outgoing(&xml));
        let signature = self.key.sign(algorithm, query.as_bytes()).unwrap();
        let signature = STANDARD.encode(signature);
        let signature = utf8_percent_encode(&signature, NON_ALPHANUMERIC);
        self.judge(Came::Redirect(&format!("{query}&Signature={signature}")))
            .await
    }

    async fn posted(&self, id: &str, method: Method) -> Answer<Asked> {
        let xml = self.request(id).signed(&self.key, method).unwrap();
        let came = Came::Post {
            saml_request: &STANDARD.encode(xml),
            relay_state: None,
        };
        self.judge(came).await
    }
}

fn outgoing(xml: &str) -> Outgoing<'_> {
    Outgoing {
        kind: Kind::Request,
        xml,
        relay_state: None,
    }
}

#[tokio::test]
async fn request_signed_with_sha_1_is_obeyed_where_that_is_set_and_nowhere_else() {
    let applications = Applications::new().await;
    let weak = SignatureAlgorithm::RsaSha1;
    let old = ok(applications.redirected("old", weak).await);
    assert_eq!(old.application, "old");
    for id in ["half", "new"] {
        assert_eq!(
            code(applications.redirected(id, weak).await),
            "sig.algorithm"
        );
        let _off = guard::off("sig.algorithm");
        assert_eq!(ok(applications.redirected(id, weak).await).application, id);
    }
    // The switch allows SHA-1, it does not demand it.
    for id in ["old", "half", "new"] {
        ok(applications
            .redirected(id, SignatureAlgorithm::RsaSha256)
            .await);
    }
}

#[tokio::test]
async fn request_that_does_not_name_its_algorithm_is_judged_by_the_settings() {
    let applications = Applications::new().await;
    let (weak, strong) = (SignatureAlgorithm::RsaSha1, SignatureAlgorithm::RsaSha256);
    ok(applications.unnamed("old", weak).await);
    ok(applications.unnamed("new", strong).await);
    assert_eq!(
        code(applications.unnamed("old", strong).await),
        "bind.signature"
    );
    assert_eq!(
        code(applications.unnamed("new", weak).await),
        "bind.signature"
    );
}

#[tokio::test]
async fn posted_request_with_sha_1_in_signature_or_digest_is_obeyed_where_that_is_set() {
    let applications = Applications::new().await;
    let both = Method::from(SignatureAlgorithm::RsaSha1);
    let digest = Method {
        digest: DigestAlgorithm::Sha1,
        ..Method::from(SignatureAlgorithm::RsaSha256)
    };
    for (id, method) in [("old", both), ("old", digest), ("half", digest)] {
        ok(applications.posted(id, method).await);
    }
    for (id, method) in [("half", both), ("new", both), ("new", digest)] {
        assert_eq!(code(applications.posted(id, method).await), "sig.algorithm");
        let _off = guard::off("sig.algorithm");
        ok(applications.posted(id, method).await);
    }
}
