use crate::args::HealthcheckArgs;
use crate::exit::Failure;
pub(crate) async fn run(_typed: &HealthcheckArgs) -> Result<(), Failure> {
    todo!()
}
