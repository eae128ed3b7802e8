//! The sign-in page and endpoints that clients of AD FS expect.
