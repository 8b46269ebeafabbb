# comment
@missing true
@univariate true
@classLabel true 0 1
@data
1,?,3:0
