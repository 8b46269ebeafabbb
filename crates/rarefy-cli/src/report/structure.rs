use super::StudyReport;
pub struct Structure;
impl Structure {
    pub fn new(_: &StudyReport, _: usize) -> Self {
        Self
    }
    pub fn html(&self) -> String {
        String::new()
    }
}
