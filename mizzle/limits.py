"""DynamoDB's published limits, each with the AWS page that states it."""

from __future__ import annotations

__all__ = [
    "MAX_BATCH_BYTES",
    "MAX_BATCH_GET",
    "MAX_BATCH_WRITE",
    "MAX_DIGITS",
    "MAX_EXPRESSION_BYTES",
    "MAX_IN_OPERANDS",
    "MAX_ITEM_BYTES",
    "MAX_NESTING",
    "MAX_NUMBER_EXPONENT",
    "MAX_PAGE_BYTES",
    "MAX_PARTITION_KEY_BYTES",
    "MAX_SORT_KEY_BYTES",
    "MIN_NUMBER_EXPONENT",
    "READ_UNIT_BYTES",
    "SIGNATURE_SECONDS",
    "TOKEN_SECONDS",
]

# "The maximum item size in DynamoDB is 400 KB, which includes both attribute name binary length
# (UTF-8 length) and attribute value lengths (again binary length)."
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_ITEM_BYTES = 409_600

# "The minimum length of a partition key value is 1 byte. The maximum length is 2048 bytes."
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_PARTITION_KEY_BYTES = 2_048

# "The minimum length of a sort key value is 1 byte. The maximum length is 1024 bytes."
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_SORT_KEY_BYTES = 1_024

# "The maximum number of operands for the IN comparator is 100."
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_IN_OPERANDS = 100

# "The maximum length of any expression string is 4 KB."
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_EXPRESSION_BYTES = 4_096

# "DynamoDB supports nested attributes up to 32 levels deep."
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_NESTING = 32

# "DynamoDB numbers can have up to 38 digits of precision."
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
MAX_DIGITS = 38

# "Positive range: 1E-130 to 9.9999999999999999999999999999999999999E+125", negative likewise.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
MIN_NUMBER_EXPONENT = -130
MAX_NUMBER_EXPONENT = 125

# "A single operation can retrieve up to 16 MB of data, which can contain as many as 100 items."
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
MAX_BATCH_GET = 100

# "A single call to BatchWriteItem can transmit up to 16MB of data over the network, consisting of
# up to 25 item put or delete operations."
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
MAX_BATCH_WRITE = 25

# "A single call to BatchWriteItem can transmit up to 16MB of data over the network": taken in the
# smaller sense of MB, as the page does not say which.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
MAX_BATCH_BYTES = 16_000_000

# "A client token is valid for 10 minutes after the first request that uses it is completed."
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
TOKEN_SECONDS = 600

# "In most cases, a request must reach AWS within five minutes of the time stamp in the request."
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
SIGNATURE_SECONDS = 300

# "If the result set from a Query operation is larger than 1 MB, ...": of what is evaluated, not of
# what is returned.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
MAX_PAGE_BYTES = 1_048_576

# "One read capacity unit represents one strongly consistent read per second, or two eventually
# consistent reads per second, for an item up to 4 KB in size."
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
READ_UNIT_BYTES = 4_096
