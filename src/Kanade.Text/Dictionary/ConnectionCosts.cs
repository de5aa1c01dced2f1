namespace Kanade.Text;

/// <summary>matrix.bin: the cost of one word class after another (uint16 left size, uint16 right size, then int16 costs).</summary>
internal sealed unsafe class ConnectionCosts : IDisposable
{
    readonly MappedFile _file;
    readonly short* _costs;
    readonly int _leftSize;

    public ConnectionCosts(string path)
    {
        _file = new MappedFile(path);
        var header = (ushort*)_file.Start;
        if (_file.Length < 4 || _file.Length != 4 + 2L * header[0] * header[1])
        {
            _file.Dispose();
            throw new InvalidDataException($"{path}: not a connection matrix: reinstall open-jtalk-mecab-naist-jdic");
        }
        _leftSize = header[0];
        LeftClasses = header[0];
        RightClasses = header[1];
        _costs = (short*)(_file.Start + 4);
    }

    public int LeftClasses { get; }

    public int RightClasses { get; }

    /// <param name="right">The right class of the word on the left.</param>
    /// <param name="left">The left class of the word on the right.</param>
    public int Between(ushort right, ushort left) => _costs[right + _leftSize * left];

    public void Dispose() => _file.Dispose();
}
