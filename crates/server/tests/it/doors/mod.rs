//! One module a door, mirroring `src/doors`.

mod adfs;
mod cess;
mod entra;
mod horacius;
mod huawei;
mod pingfederate;
mod shibboleth;
mod storagegrid;
