"""The identity provider of the desk: OpenID Connect by django-allauth, in a process of its own.

It stands in for Amazon Cognito: own settings, own database, tokens of the same shape
(`docs/identity.md`).
"""
