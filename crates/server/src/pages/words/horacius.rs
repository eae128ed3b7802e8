//! The texts of the HORACIUS door's own pages: devices, and the end of a sign-out.

/// The texts of one language.
#[derive(Debug)]
#[expect(
    missing_docs,
    reason = "each field is documented by its own English text"
)]
pub struct Horacius {
    // Devices.
    pub device: &'static str,
    pub device_lead: &'static str,
    pub device_code: &'static str,
    pub device_code_wrong: &'static str,
    pub device_question: &'static str,
    pub device_warning: &'static str,
    pub device_application: &'static str,
    pub device_approve: &'static str,
    pub device_deny: &'static str,
    pub device_approved: &'static str,
    pub device_approved_text: &'static str,
    pub device_denied: &'static str,
    pub device_denied_text: &'static str,

    // Applications at the end of a sign-out.
    pub told: &'static str,
    pub not_told: &'static str,
    pub parting_refused: &'static str,
    pub parting_unanswered: &'static str,
    pub parting_unreachable: &'static str,
    pub parting_called: &'static str,
    pub parting_visit: &'static str,
}

/// English.
pub(super) static ENGLISH: Horacius = Horacius {
    device: "Connect a device",
    device_lead: "Type the code that the device shows.",
    device_code: "Code of the device",
    device_code_wrong: "No device waits with that code. Compare it with what the device shows.",
    device_question: "Let this device in?",
    device_warning: "Say yes only if the device in front of you shows this very code. Somebody who sent you the code could act in your name.",
    device_application: "Application",
    device_approve: "Yes, let it in",
    device_deny: "No",
    device_approved: "The device is connected",
    device_approved_text: "Go on at the device. You can close this page.",
    device_denied: "The device was refused",
    device_denied_text: "It got no access. You can close this page.",
    told: "signed out",
    not_told: "not reached yet; we keep trying",
    parting_refused: "it answered that you are still signed in there",
    parting_unanswered: "it did not answer",
    parting_unreachable: "it has no address for signing out: sign out there",
    parting_called: "this is what it answers:",
    parting_visit: "Sign out there in a tab of its own",
};

/// Portuguese of Brazil.
pub(super) static PORTUGUESE: Horacius = Horacius {
    device: "Conectar um dispositivo",
    device_lead: "Digite o código que o dispositivo mostra.",
    device_code: "Código do dispositivo",
    device_code_wrong: "Nenhum dispositivo espera com esse código. Compare-o com o que o dispositivo mostra.",
    device_question: "Autorizar este dispositivo?",
    device_warning: "Autorize somente se o dispositivo à sua frente mostra exatamente este código. Quem lhe enviou o código poderia agir em seu nome.",
    device_application: "Aplicativo",
    device_approve: "Sim, autorizar",
    device_deny: "Não",
    device_approved: "O dispositivo está conectado",
    device_approved_text: "Continue no dispositivo. Você pode fechar esta página.",
    device_denied: "O dispositivo foi recusado",
    device_denied_text: "Ele não recebeu acesso. Você pode fechar esta página.",
    told: "sessão encerrada",
    not_told: "ainda não avisado; continuamos tentando",
    parting_refused: "respondeu que você continua lá",
    parting_unanswered: "não respondeu",
    parting_unreachable: "não tem endereço de saída: saia por lá",
    parting_called: "esta é a resposta dele:",
    parting_visit: "Sair por lá, em outra aba",
};

/// Spanish.
pub(super) static SPANISH: Horacius = Horacius {
    device: "Conectar un dispositivo",
    device_lead: "Escriba el código que muestra el dispositivo.",
    device_code: "Código del dispositivo",
    device_code_wrong: "Ningún dispositivo espera con ese código. Compárelo con el que muestra el dispositivo.",
    device_question: "¿Autorizar este dispositivo?",
    device_warning: "Autorícelo solo si el dispositivo que tiene delante muestra exactamente este código. Quien le envió el código podría actuar en su nombre.",
    device_application: "Aplicación",
    device_approve: "Sí, autorizar",
    device_deny: "No",
    device_approved: "El dispositivo está conectado",
    device_approved_text: "Continúe en el dispositivo. Puede cerrar esta página.",
    device_denied: "El dispositivo fue rechazado",
    device_denied_text: "No recibió acceso. Puede cerrar esta página.",
    told: "sesión cerrada",
    not_told: "aún sin aviso; seguimos intentándolo",
    parting_refused: "respondió que la sesión sigue abierta allí",
    parting_unanswered: "no respondió",
    parting_unreachable: "no tiene dirección de salida: cierre la sesión allí",
    parting_called: "esta es su respuesta:",
    parting_visit: "Cerrar la sesión allí, en otra pestaña",
};
