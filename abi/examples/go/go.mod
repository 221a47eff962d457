module example.com/keep_key

go 1.19
