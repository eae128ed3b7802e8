// What stands on a sign-in page that somebody can see, and filling it. One function, called with what to fill, or with nothing.
(function (fill) {
  "use strict";
  var NAMES = {
    user: ["UserName", "pf.username", "loginfmt", "j_username", "username", "email"],
    password: ["Password", "pf.pass", "passwd", "j_password", "password"],
    code: ["otc", "otp", "VerificationCode", "ChallengeQuestionAnswer", "OathCode", "Passcode", "security_code"]
  };
  var KINDS = {
    user: "input[autocomplete=username], input[type=email]",
    password: "input[type=password]",
    code: "input[autocomplete=one-time-code]"
  };

  function seen(element) {
    return element && !element.disabled && element.getClientRects().length > 0 && !element.classList.contains("moveOffScreen");
  }

  function field(kind) {
    var inputs = Array.from(document.querySelectorAll("input")).filter(seen);
    return inputs.find(function (input) { return NAMES[kind].includes(input.name); })
      || inputs.find(function (input) { return input.matches(KINDS[kind]); });
  }

  function type(input, text) {
    // Scripts that watch a field replace its setter: take the one of the prototype.
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, text);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function send(input) {
    var buttons = "#idSIButton9, #submitButton, #signOnButton, button[type=submit], input[type=submit]";
    var button = Array.from((input.form || document).querySelectorAll(buttons)).find(seen);
    if (button) button.click();
    else if (input.form) input.form.requestSubmit();
  }

  var found = { user: field("user"), password: field("password"), code: field("code") };
  var no = document.querySelector("#KmsiDescription") && document.querySelector("#idBtn_Back");
  if (fill) {
    var last = null;
    Object.keys(fill).forEach(function (kind) {
      if (!found[kind]) return;
      type(found[kind], fill[kind]);
      last = found[kind];
    });
    // A name alone, where a password is wanted too: a person types that.
    if (last && last === found.user && found.password) found.password.focus();
    else if (last) send(last);
    else if (no) no.click();
    return null;
  }
  return {
    url: location.href,
    ready: document.readyState === "complete",
    user: !!found.user,
    password: !!found.password,
    code: !!found.code,
    stay: !!no,
    html: document.documentElement.outerHTML.slice(0, 1048576)
  };
})
