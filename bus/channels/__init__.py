"""How offices are reached: messages, the channels that carry them, and who is reached by which.

A channel is a small port. Each implementation says what became of a message and never raises for
what the other side does; whoever delivers decides what is tried next.

    message.py     what an office is told
    wording.py     …in plain words, for each kind of message
    channel.py     the port
    mail.py        e-mail by SMTP
    webhook.py     a signed HTTP request, as Standard Webhooks says
    contacts.py    the file that says which office is reached how
    directory.py   the channels of each office, made from that file and the settings
    patience.py    which channel is tried next, and when: pure
"""
