// Números como se leem: o par de helpers/spoken.py. O único lugar em que o JavaScript põe a vírgula.

function decimal(value, places = 2, text = value.toFixed(places)) {
  const said = text.replace(".", ",");
  return said.replace("-", /[1-9]/.test(said) ? "−" : "");
}
