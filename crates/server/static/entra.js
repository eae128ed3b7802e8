// Shows the sign-in in two stages: user name, then password. Without this script the form has both at once.
(function () {
  "use strict";
  var form = document.getElementById("i0281");
  var name = document.getElementById("i0116");
  var password = document.getElementById("i0118");
  if (!form || !name || !password) return;
  var button = document.getElementById("idSIButton9");
  var back = document.getElementById("idBtn_Back");
  var complaint = document.getElementById("usernameError");
  var shown = document.getElementById("displayName");
  var signIn = button.value;
  var asking = false;

  function stage(second) {
    document.getElementById("userNameArea").hidden = second;
    name.classList.toggle("moveOffScreen", second);
    document.getElementById("passwordArea").hidden = !second;
    password.classList.toggle("moveOffScreen", !second);
    shown.hidden = !second;
    shown.textContent = name.value;
    back.hidden = !second;
    button.value = second ? signIn : form.dataset.next;
    (second ? password : name).focus();
  }

  function complain(text) {
    complaint.textContent = text;
    complaint.hidden = !text;
    if (text) complaint.setAttribute("role", "alert");
    else complaint.removeAttribute("role");
  }

  // What the server says of the name (another sign-in page, perhaps); when it says nothing, the password is asked for here.
  function ask() {
    var question = { username: name.value, originalRequest: $Config.sCtx, flowToken: $Config.sFT, country: $Config.country };
    return fetch("/common/GetCredentialType", {
      method: "POST",
      headers: { "Content-Type": "application/json", canary: $Config.apiCanary },
      body: JSON.stringify(question)
    }).then(function (answer) { return answer.ok ? answer.json() : {}; }, function () { return {}; });
  }

  form.addEventListener("submit", function (event) {
    if (!password.classList.contains("moveOffScreen")) {
      form.elements.login.value = name.value;
      return;
    }
    event.preventDefault();
    if (asking) return;
    if (!name.value.trim()) return complain(form.dataset.missing);
    complain("");
    asking = true;
    ask().then(function () {
      asking = false;
      stage(true);
    });
  });

  back.addEventListener("click", function () { stage(false); });

  stage(name.value !== "");
})();

// Asks whether the telephone has answered, and goes on when it has. Without this script somebody presses the button.
(function () {
  "use strict";
  var form = document.getElementById("i0281");
  if (!form || !form.dataset.waits) return;
  var method = form.dataset.waits;
  var pause = 1000 * ($Config.oPerAuthPollingInterval[method] || 1);
  var count = 0;

  function ask() {
    var question = {
      AuthMethodId: method,
      Method: "EndAuth",
      Ctx: form.elements.request.value,
      FlowToken: form.elements.flowToken.value,
      PollCount: ++count
    };
    fetch("/common/SAS/EndAuth", {
      method: "POST",
      headers: { "Content-Type": "application/json", canary: $Config.apiCanary },
      body: JSON.stringify(question)
    }).then(function (answer) { return answer.json(); }).then(hear, later);
  }

  function hear(said) {
    if (said.Retry) return later();
    if (said.Success) {
      form.elements.request.value = said.Ctx;
      form.elements.flowToken.value = said.FlowToken;
      form.elements.answered.remove();
    }
    form.submit();
  }

  function later() { setTimeout(ask, pause); }

  later();
})();
