"""A pasta de quem estuda: criar, atualizar e recomeçar as lições sem perder nada."""
