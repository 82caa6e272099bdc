"""Módulos do curso Transformers por dentro, na ordem em que os dados fluem.

Aqui não há importações: cada notebook diz de que módulo vem cada nome.
"""
