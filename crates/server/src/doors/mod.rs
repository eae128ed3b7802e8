//! Doors: one folder per wire shape, named after the document that fixes it. A door translates; it never decides, and it
//! imports no other door.

pub mod adfs;
pub mod cess;
pub mod entity;
pub mod entra;
pub mod horacius;
pub mod huawei;
pub mod pingfederate;
pub mod psc;
pub mod shibboleth;
pub mod storagegrid;
