"""The mailbox: takes mail as Amazon SES does, and shows it instead of sending it."""
