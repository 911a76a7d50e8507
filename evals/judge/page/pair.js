document.addEventListener("keydown", function (event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  var key = event.key.toLowerCase();
  if (["1", "2", "t", "s"].indexOf(key) >= 0) document.querySelector('button[value="' + key + '"]').click();
});
