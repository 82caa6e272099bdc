"""O que se mede para uma lição: cada módulo é um estudo, e diz que números a lição cita."""
